"""Addresses and positions, as locations and companies' mailing addresses have them."""

from collections.abc import Mapping
from typing import Any

import strawberry

from graph.directives.cache_control import INHERITED
from graph.directives.example import Example
from graph.resolvers import inlined, reads
from graph.types.enums import CoordinatePrecision

# A row of locations, or a mailing address: both have line1, line2, city, state, postal_code, plus4, country.
AddressRow = Mapping[str, Any]


@reads("line1", "line2", "city", "state", "postal_code", "plus4", "country", in_json="formatted")
def formatted(root: AddressRow) -> str:
    """Return an address on one line, in the order of the US Postal Service."""
    code = "-".join(part for part in (root["postal_code"], root["plus4"]) if part)
    region = " ".join(part for part in (root["state"], code) if part)
    country = None if root["country"] == "US" else root["country"]
    parts = (root["line1"], root["line2"], root["city"], region, country)
    return ", ".join(part for part in parts if part)


@strawberry.type(description="A postal address as registered.", directives=[INHERITED])
class Address:
    """A postal address."""

    line1: str | None = strawberry.field(
        directives=[Example(value="1200 Main Street")], description="Street and number."
    )
    line2: str | None = strawberry.field(
        directives=[Example(value="Suite 300")], description="Suite, floor, or further lines."
    )
    city: str | None = strawberry.field(directives=[Example(value="Houston")], description="City.")
    state: str | None = strawberry.field(
        directives=[Example(value="TX")],
        description="Two-letter state or territory; for a foreign address whatever was registered.",
    )
    postal_code: str | None = strawberry.field(
        directives=[Example(value="77002")], description="Five-digit ZIP, or a foreign postal code."
    )
    plus4: str | None = strawberry.field(
        directives=[Example(value="1234")], description="The four digits that follow the ZIP in ZIP+4."
    )
    country: str = strawberry.field(
        directives=[Example(value="US")], description="Two-letter country code (ISO 3166-1)."
    )
    formatted: str = strawberry.field(
        resolver=formatted,
        directives=[Example(value="1200 Main Street, Suite 300, Houston, TX 77002-1234")],
        description="The whole address on one line.",
    )


@inlined("{position}.y", in_json="latitude")
def latitude(root: Mapping[str, Any]) -> float:
    """Return a position's latitude."""
    return float(root["position"].y)


@inlined("{position}.x", in_json="longitude")
def longitude(root: Mapping[str, Any]) -> float:
    """Return a position's longitude."""
    return float(root["position"].x)


@inlined("{position_precision}", in_json="known_precision")
def precision(root: Mapping[str, Any]) -> CoordinatePrecision:
    """Return how well a position is known."""
    return CoordinatePrecision(root["position_precision"])


@strawberry.type(description="A point on the earth (WGS 84).", directives=[INHERITED])
class GeoPoint:
    """A position in degrees."""

    latitude: float = strawberry.field(
        resolver=latitude, directives=[Example(value="29.7589")], description="Degrees north."
    )
    longitude: float = strawberry.field(
        resolver=longitude,
        directives=[Example(value="-95.3677")],
        description="Degrees east; negative in America.",
    )
    precision: CoordinatePrecision = strawberry.field(resolver=precision, description="How precise the point is.")
