"""Near a place: the distance of a position from a centre, and the box that holds all within a radius."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, and_, bindparam, func
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from db.boxes import Box

# The mean radius of the earth (IUGG); distances on a sphere are within 0.6 % of those on the ellipsoid.
EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = EARTH_RADIUS_KM * math.pi / 180


@dataclass(frozen=True, slots=True)
class Near:
    """A circle on the earth: centre in degrees, radius in kilometres."""

    longitude: float
    latitude: float
    radius_km: float

    @property
    def box(self) -> Box:
        """The box that holds the circle."""
        tall = self.radius_km / KM_PER_DEGREE
        south, north = self.latitude - tall, self.latitude + tall
        farthest = max(abs(south), abs(north))
        # A circle with a pole in it holds some place of every longitude.
        wide = tall / math.cos(math.radians(farthest)) if farthest < 90 else 360.0  # noqa: PLR2004 - degrees
        west, east = self.longitude - wide, self.longitude + wide
        if west < -180 or east > 180:  # noqa: PLR2004 - the antimeridian: look at every longitude
            west, east = -180.0, 180.0
        return Box(west, south, east, north)

    def values(self) -> dict[str, object]:
        """Return what the expressions below bind: the centre, the radius and the circle's box."""
        box = self.box
        return {
            "center_x": self.longitude,
            "center_y": self.latitude,
            "radius_km": self.radius_km,
            "west": box.west,
            "south": box.south,
            "east": box.east,
            "north": box.north,
        }


def distance_km(table: FromClause) -> ColumnElement[float]:
    """Write the great-circle distance of the row's position from the centre in kilometres."""
    return func.distance_km(table.c.position, _point("center_x", "center_y"))


def is_within(table: FromClause) -> ColumnElement[bool]:
    """Write "lies within the radius": the circle's box, which an index answers, then the distance."""
    box = func.box(_point("west", "south"), _point("east", "north"))
    return and_(table.c.position.op("<@")(box), is_no_farther(table))


def is_no_farther(table: FromClause) -> ColumnElement[bool]:
    """Write the same by the distance alone, for rows that no index of positions is to find."""
    radius: ColumnElement[float] = bindparam("radius_km", type_=Double())
    return distance_km(table) <= radius


def degrees_apart(table: FromClause) -> ColumnElement[float]:
    """Write the distance of the row's position from the centre on a flat map, in degrees, as an index has it."""
    return table.c.position.op("<->", return_type=Double())(_point("center_x", "center_y"))


def is_in_reach(table: FromClause, km: ColumnElement[float]) -> ColumnElement[bool]:
    """Write "lies no farther from the centre than so many kilometres", which an index answers first."""
    box = func.box_round(_point("center_x", "center_y"), km)
    return and_(table.c.position.op("<@")(box), distance_km(table) <= km)


def _point(x: str, y: str) -> ColumnElement[Any]:
    return func.point(bindparam(x, type_=Double()), bindparam(y, type_=Double()))
