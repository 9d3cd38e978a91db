"""Circles on the earth: their SQL, and the values that it binds (centre, box, radius in km, size of the page)."""

import math

KM_PER_MILE = 1.609344
_KM_PER_DEGREE = 6371.0088 * math.pi / 180

_KM = "distance_km(position, point($1::float8, $2::float8))"
_BOX = "box(point($3::float8, $4::float8), point($5::float8, $6::float8))"

# In miles.
DISTANCE = f"{_KM} / {KM_PER_MILE}"
WITHIN = f"WHERE position <@ {_BOX} AND {_KM} <= $7::float8 ORDER BY {_KM}, locations.id LIMIT $8"


def values(longitude: float, latitude: float, miles: float) -> tuple[float, ...]:
    """Return what the SQL binds but for the size, far from the poles and the antimeridian."""
    km = miles * KM_PER_MILE
    tall = km / _KM_PER_DEGREE
    wide = tall / math.cos(math.radians(abs(latitude) + tall))
    return (longitude, latitude, longitude - wide, latitude - tall, longitude + wide, latitude + tall, km)
