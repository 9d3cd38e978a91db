"""The near argument: a place and a radius."""

from enum import Enum

import strawberry
from strawberry import UNSET, enum_value

from db import locations
from db.nearby import Near
from graph.context import Context
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.types.zips import zip5

MAX_RADIUS_KM = 161.0

# A tenth of a millimetre. PostgreSQL refuses to square what is much smaller.
_DECIMALS = 9


@strawberry.enum(description="A unit of distance.")
class DistanceUnit(Enum):
    """Miles or kilometres."""

    MILE = enum_value("MILE", description="The international mile, 1.609344 km.")
    KILOMETER = enum_value("KILOMETER", description="The kilometre.")


KM_PER_UNIT = {DistanceUnit.MILE: 1.609344, DistanceUnit.KILOMETER: 1.0}


@strawberry.input(description="A circle around a ZIP or a point: give `postalCode`, or both coordinates.")
class NearInput:
    """A place and how far around it to look."""

    postal_code: str | None = strawberry.field(
        default=UNSET, description="A ZIP such as 77002, or ZIP+4; the ZIP's centroid is the centre."
    )
    latitude: float | None = strawberry.field(default=UNSET, description="The centre, degrees north.")
    longitude: float | None = strawberry.field(default=UNSET, description="The centre, degrees east.")
    radius: float = strawberry.field(
        default=25.0, directives=[Example(value="25")], description="How far to look; at most 100 miles."
    )
    unit: DistanceUnit = strawberry.field(default=DistanceUnit.MILE, description="The radius's unit.")


async def circle(context: Context, near: NearInput) -> Near:
    """Return the circle that is meant; raises BadUserInputError where that can't be told."""
    radius_km = near.radius * KM_PER_UNIT[near.unit]
    if not 0 < radius_km <= MAX_RADIUS_KM:
        raise BadUserInputError("The radius must be above 0 and at most 100 miles (161 km).", field="near.radius")
    longitude, latitude = await centre(context, near)
    return Near(longitude, latitude, radius_km)


async def centre(context: Context, near: NearInput) -> tuple[float, float]:
    """Return the centre's longitude and latitude."""
    given = [value for value in (near.latitude, near.longitude) if isinstance(value, float)]
    if isinstance(near.postal_code, str) and not given:
        return await zip_centre(context, near.postal_code)
    if near.postal_code or len(given) != 2:  # noqa: PLR2004 - both coordinates
        raise BadUserInputError("Give near either postalCode, or latitude and longitude.", field="near")
    latitude, longitude = given
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - degrees
        raise BadUserInputError("The coordinates are not on the earth.", field="near")
    return round(longitude, _DECIMALS), round(latitude, _DECIMALS)


async def zip_centre(context: Context, postal_code: str) -> tuple[float, float]:
    """Return the longitude and latitude of a ZIP's centroid."""
    code = zip5(postal_code, "near.postalCode")
    if code is None:
        raise BadUserInputError("A ZIP has five digits, such as 77002.", field="near.postalCode")
    known = await locations.zip_position(context.database, code)
    if not known:
        raise BadUserInputError(
            "No coordinates are known for this ZIP; the operator can load more.", field="near.postalCode"
        )
    return known
