"""Near a place: distances against a haversine of our own, at the antimeridian and the poles as well."""

import itertools
import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from db import locations
from db.filters import EVERYTHING
from db.nearby import Near
from db.pages import Window, positions
from graph.types.cursors import decode_cursor, encode_cursor

NPI = "1000000000"
Place = tuple[float, float]

# Within a millimetre, two ways to compute a distance may disagree on what is inside.
DOUBT_KM = 1e-6


def haversine_km(one: Place, other: Place) -> float:
    """Return the great-circle distance of two places (longitude, latitude) by the vectors to them."""

    def vector(place: Place) -> tuple[float, float, float]:
        east, north = (math.radians(degrees) for degrees in place)
        return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)

    return 6371.0088 * 2 * math.asin(min(1.0, math.dist(vector(one), vector(other)) / 2))


def uuid_of(number: int) -> UUID:
    return UUID(int=number)


async def put(scratch: Any, places: Sequence[Place]) -> None:
    """Give one company a location at each place."""
    await scratch.writer.execute(
        "DELETE FROM locations; DELETE FROM companies;"
        "INSERT INTO companies (npi, name, npi_status, source) VALUES ('1000000000', 'a', 'ACTIVE', 'NPPES');"
        "INSERT INTO locations (id, npi, kind, source) VALUES"
        " ('ffffffff-ffff-ffff-ffff-ffffffffffff', '1000000000', 'OTHER', 'NPPES')"
    )
    rows = [
        {
            "id": uuid_of(number), "npi": NPI, "kind": "OTHER", "source": "NPPES",
            "position": asyncpg.Point(*place), "position_precision": "ROOFTOP",
        }
        for number, place in enumerate(places)
    ]  # fmt: skip
    await scratch.insert("locations", rows)


LONGITUDES = st.floats(-180, 180).map(lambda degrees: round(degrees, 9)) | st.sampled_from(
    (-180.0, 180.0, 179.9, 0.0)
)
LATITUDES = st.floats(-90, 90).map(lambda degrees: round(degrees, 9)) | st.sampled_from((-90.0, 90.0, 89.95, 0.0))
RADII = st.floats(0.01, 161)


@st.composite
def circles(draw: Any) -> tuple[Near, list[Place]]:
    """Draw a circle, and places most of which are about as far from its centre as its edge."""
    near = Near(draw(LONGITUDES), draw(LATITUDES), draw(RADII))
    offsets = st.tuples(st.floats(0, 2), st.floats(0, 2 * math.pi))
    places = [beside(near, share, bearing) for share, bearing in draw(st.lists(offsets, max_size=12))]
    return near, places + draw(st.lists(st.tuples(LONGITUDES, LATITUDES), max_size=3))


def beside(near: Near, share: float, bearing: float) -> Place:
    """Return the place that lies a share of the radius from the centre in a direction."""
    angle = share * near.radius_km / 6371.0088
    north, east = math.radians(near.latitude), math.radians(near.longitude)
    up = math.asin(
        min(
            1,
            max(-1, math.sin(north) * math.cos(angle) + math.cos(north) * math.sin(angle) * math.cos(bearing)),
        )
    )
    along = east + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(north),
        math.cos(angle) - math.sin(north) * math.sin(up),
    )
    return round((math.degrees(along) + 540) % 360 - 180, 9), round(math.degrees(up), 9)


@settings(max_examples=150)
@given(circle=circles(), descending=st.booleans())
@example(circle=(Near(0.0, 89.9, 100.0), [(180.0, 89.5), (90.0, 89.9)]), descending=False)
@example(circle=(Near(45.0, -89.95, 30.0), [(-135.0, -89.95), (-135.0, -89.85)]), descending=False)
@example(circle=(Near(179.99, 51.0, 50.0), [(-179.9, 51.0), (179.5, 51.0)]), descending=True)
@example(circle=(Near(10.0, 89.2, 89.0), [(100.0, 89.9), (120.0, 89.7)]), descending=False)
async def test_locations_within_the_radius_and_no_other(
    circle: tuple[Near, list[Place]],
    descending: bool,  # noqa: FBT001 - hypothesis draws it
    scratch: Any,
) -> None:
    near, places = circle
    distances = [haversine_km((near.longitude, near.latitude), place) for place in places]
    assume(all(abs(distance - near.radius_km) > DOUBT_KM for distance in distances))
    await put(scratch, places)
    order = (("DISTANCE", descending),)
    page = await locations.page(scratch.database, EVERYTHING, order, Window(200, None), near)
    inside = {uuid_of(number) for number, far in enumerate(distances) if far <= near.radius_km}
    assert {row["id"] for row in page.rows} == inside
    found = [row["distance_km"] for row in page.rows]
    assert found == sorted(found, reverse=descending)
    for row in page.rows:
        assert math.isclose(row["distance_km"], distances[row["id"].int], rel_tol=1e-6, abs_tol=1e-4)
    assert await locations.count(scratch.database, EVERYTHING, 100, near) == len(inside)


@settings(max_examples=25)
@given(circle=circles(), sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3), descending=st.booleans())
async def test_pages_by_distance_hold_every_location_once(
    circle: tuple[Near, list[Place]],
    sizes: list[int],
    descending: bool,  # noqa: FBT001 - hypothesis draws it
    scratch: Any,
) -> None:
    near, places = circle
    await put(scratch, [*places, *places])  # Each distance twice, so that ids decide.
    order = (("DISTANCE", descending),)
    keys = locations.keys(order)
    whole = await locations.page(scratch.database, EVERYTHING, order, Window(200, None), near)
    for backward in (False, True):
        position = None
        found: list[Any] = []
        for size in itertools.cycle(sizes):
            page = await locations.page(
                scratch.database, EVERYTHING, order, Window(size, position, backward), near
            )
            found = [*page.rows, *found] if backward else [*found, *page.rows]
            if not (page.has_previous if backward else page.has_next):
                break
            cursor = encode_cursor("list", positions(keys)(page.rows[0 if backward else -1]))
            position = decode_cursor(cursor, "list", keys, "after")
        assert [row["id"] for row in found] == [row["id"] for row in whole.rows]


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((-97.7431, 30.2672), (-95.3698, 29.7604), 235.35),  # Austin to Houston
        ((-74.0060, 40.7128), (-0.1276, 51.5072), 5570.2),  # New York to London
        ((179.5, 0.0), (-179.5, 0.0), 111.195),
        ((0.0, 89.5), (180.0, 89.5), 111.195),
        ((0.0, 0.0), (180.0, 0.0), 20015.1),
    ],
)
async def test_known_distances(scratch: Any, one: Place, other: Place, kilometres: float) -> None:
    found = await scratch.writer.fetchval("SELECT distance_km($1, $2)", asyncpg.Point(*one), asyncpg.Point(*other))
    assert math.isclose(found, kilometres, rel_tol=1e-4)
    assert math.isclose(haversine_km(one, other), kilometres, rel_tol=1e-4)


async def test_a_zip_has_a_position_or_none(scratch: Any) -> None:
    await scratch.writer.execute(
        "TRUNCATE zips; INSERT INTO zips (zip, position) VALUES ('78701', '(-97.74,30.27)')"
    )
    assert await locations.zip_position(scratch.database, "78701") == (-97.74, 30.27)
    assert await locations.zip_position(scratch.database, "00000") is None
