"""Bounding boxes: what a map shows."""

from collections.abc import Iterator

import strawberry

from db.boxes import Box
from db.filters import Condition, Group, Test
from graph.directives.example import Example
from graph.errors import BadUserInputError


@strawberry.input(
    description=(
        "The area between two parallels and two meridians, in degrees, edges included. If `west` is greater "
        "than `east`, it crosses the antimeridian."
    )
)
class BoundingBox:
    """The four sides of a box."""

    north: float = strawberry.field(
        directives=[Example(value="30.1")], description="The northern edge, degrees north; at most 90."
    )
    south: float = strawberry.field(
        directives=[Example(value="29.5")], description="The southern edge, degrees north; at least -90."
    )
    east: float = strawberry.field(
        directives=[Example(value="-95.0")], description="The eastern edge, degrees east, from -180 to 180."
    )
    west: float = strawberry.field(
        directives=[Example(value="-95.8")], description="The western edge, degrees east, from -180 to 180."
    )


def inside(box: BoundingBox | None) -> Iterator[Condition]:
    """Yield "in this box" as a condition of locations; raises BadUserInputError for what isn't one."""
    if not box:
        return
    is_on_earth = abs(box.north) <= 90 and abs(box.south) <= 90  # noqa: PLR2004 - degrees
    if not (is_on_earth and abs(box.east) <= 180 and abs(box.west) <= 180):  # noqa: PLR2004 - degrees
        raise BadUserInputError(
            "The box is not on the earth: north and south go from -90 to 90, east and west from -180 to 180.",
            field="within",
        )
    if box.south > box.north:
        raise BadUserInputError("The box's south is north of its north.", field="within")
    tests = [
        Test("inside", (part.west, part.south, part.east, part.north))
        for part in Box(box.west, box.south, box.east, box.north).parts()
    ]
    yield tests[0] if len(tests) == 1 else Group("or", tuple(tests))
