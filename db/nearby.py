"""Near a place: the distance of a position from a centre, and the box that holds all within a radius."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, and_, bindparam, func
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

# The mean radius of the earth (IUGG); distances on a sphere are within 0.6 % of those on the ellipsoid.
EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = EARTH_RADIUS_KM * math.pi / 180


@dataclass(frozen=True, slots=True)
class Near:
    """A circle on the earth: centre in degrees, radius in kilometres."""

    longitude: float
    latitude: float
    radius_km: float

    def values(self) -> dict[str, object]:
        """Return what `distance_km` and `is_within` bind: the centre, the radius and the circle's box."""
        tall = self.radius_km / KM_PER_DEGREE
        south, north = self.latitude - tall, self.latitude + tall
        farthest = max(abs(south), abs(north))
        # A circle with a pole in it holds some place of every longitude.
        wide = tall / math.cos(math.radians(farthest)) if farthest < 90 else 360.0  # noqa: PLR2004 - degrees
        west, east = self.longitude - wide, self.longitude + wide
        if west < -180 or east > 180:  # noqa: PLR2004 - the antimeridian: look at every longitude
            west, east = -180.0, 180.0
        return {
            "center_x": self.longitude,
            "center_y": self.latitude,
            "radius_km": self.radius_km,
            "west": west,
            "south": south,
            "east": east,
            "north": north,
        }


def distance_km(table: FromClause) -> ColumnElement[float]:
    """Write the great-circle distance of the row's position from the centre in kilometres."""
    return func.distance_km(table.c.position, _point("center_x", "center_y"))


def is_within(table: FromClause) -> ColumnElement[bool]:
    """Write "lies within the radius": the circle's box, which an index answers, then the distance."""
    box = func.box(_point("west", "south"), _point("east", "north"))
    radius: ColumnElement[float] = bindparam("radius_km", type_=Double())
    return and_(table.c.position.op("<@")(box), distance_km(table) <= radius)


def _point(x: str, y: str) -> ColumnElement[Any]:
    return func.point(bindparam(x, type_=Double()), bindparam(y, type_=Double()))
