"""Locations near a place under filters, against an oracle in plain Python: which, in what order, page by page."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal_column

from db import locations, nearest
from db.boxes import Box
from db.nearby import Near
from db.pages import Window, positions
from graph.types.filters import CompanyFilter, LocationFilter, location_condition
from tests.db.conftest import POSITIONS
from tests.db.test_filters import BOXES, Json, built, location_fits, locations_filters
from tests.db.test_nearby import haversine_km

PLACES = [place for place in POSITIONS if place]
CENTRES = st.sampled_from([*PLACES, (-97.9, 30.2), (-179.95, 51.3), (-80.0, 89.7)])
# No place is as far from a centre as one of these.
RADII = st.sampled_from((0.001, 7.0, 33.0, 99.0, 161.0))
NEAR = st.builds(lambda centre, radius: Near(centre[0], centre[1], radius), CENTRES, RADII)


@pytest.fixture(autouse=True)
def few_are_tested(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have listings asked where more than two have to be tested: small directories hold no more."""
    monkeypatch.setattr(nearest, "TESTED", literal_column("2"))
    caches = (locations._nearest_statement, locations._nearest_template)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@settings(max_examples=60)
@given(
    data=st.data(),
    json=locations_filters(1),
    near=NEAR,
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    descending=st.booleans(),
)
async def test_the_nearest_that_fit_page_by_page(
    data: st.DataObject,
    json: Json,
    near: Near,
    sizes: list[int],
    descending: bool,  # noqa: FBT001 - hypothesis draws it
    scratch: Any,
    random_directories: Any,
) -> None:
    rows = data.draw(random_directories(max_companies=8, max_locations=4))
    await scratch.fill(rows)
    condition = location_condition(built(LocationFilter, json))
    order = (("DISTANCE", descending),)
    whole = await locations.page(scratch.database, condition, order, Window(200), near)
    centre = (near.longitude, near.latitude)
    fits = {
        row["id"]: haversine_km(centre, row["position"])
        for row in rows.locations
        if row["position"] is not None
        and haversine_km(centre, row["position"]) <= near.radius_km
        and location_fits(json, row, rows)
    }
    assert {row["id"] for row in whole.rows} == set(fits)
    assert await locations.count(scratch.database, condition, 100, near) == len(fits)
    assert await locations.count(scratch.database, condition, 1, near) == min(2, len(fits))
    places = [(row["distance_km"], row["id"].int) for row in whole.rows]
    assert places == sorted(places, reverse=descending)
    assert all(abs(fits[row["id"]] - row["distance_km"]) < 1e-6 for row in whole.rows)
    for backward in (False, True):
        found = await walked(scratch.database, condition, order, near, sizes, backward=backward)
        assert found == [row["id"] for row in whole.rows]


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_of_what_listings_find_hold_every_location_once(
    descending: bool,  # noqa: FBT001 - pytest gives it
    scratch: Any,
) -> None:
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses; INSERT INTO companies (npi, name, npi_status, source)"
        " SELECT (1000000000 + number)::text, 'a', 'ACTIVE', 'NPPES' FROM generate_series(1, 6) AS number;"
        "INSERT INTO locations (id, npi, kind, position, position_precision, source)"
        " SELECT gen_random_uuid(), npi, 'OTHER', point(-97.7 + place / 2 / 10.0, 30.3), 'ROOFTOP', 'NPPES'"
        " FROM companies, generate_series(0, 3) AS place"
    )
    condition = location_condition(LocationFilter(company=CompanyFilter(is_active=True)))
    order, near = (("DISTANCE", descending),), Near(-97.7, 30.2, 50.0)
    whole = await locations.page(scratch.database, condition, order, Window(200), near)
    assert len({row["id"] for row in whole.rows}) == 24
    for backward in (False, True):
        found = await walked(scratch.database, condition, order, near, [1, 2], backward=backward)
        assert found == [row["id"] for row in whole.rows]


async def walked(
    database: Any, condition: Any, order: Any, near: Near, sizes: list[int], *, backward: bool
) -> list[Any]:
    """Read page after page, from the end where it goes backward; return the ids of all in order."""
    place = positions(locations.keys(order))
    found: list[Any] = []
    position = None
    for size in itertools.cycle(sizes):
        page = await locations.page(database, condition, order, Window(size, position, backward), near)
        ids = [row["id"] for row in page.rows]
        found = [*ids, *found] if backward else [*found, *ids]
        if not (page.has_previous if backward else page.has_next):
            return found
        position = place(page.rows[0 if backward else -1])
    return found


LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)


@settings(max_examples=200)
@given(
    sides=st.tuples(LONGITUDES, LONGITUDES),
    ends=st.tuples(LATITUDES, LATITUDES),
    inside=st.tuples(*[st.floats(0, 1)] * 2),
)
@example(sides=(-180.0, 180.0), ends=(-90.0, 90.0), inside=(1.0, 1.0))
async def test_whatever_is_in_a_box_is_in_one_of_its_cells(
    sides: tuple[float, float], ends: tuple[float, float], inside: tuple[float, float], scratch: Any
) -> None:
    box = Box(min(sides), min(ends), max(sides), max(ends))
    east = min(box.east, max(box.west, box.west + inside[0] * (box.east - box.west)))
    north = min(box.north, max(box.south, box.south + inside[1] * (box.north - box.south)))
    cells = box.cells()
    assert len(cells) <= 32
    cell = await scratch.writer.fetchval("SELECT cell(point($1::float8, $2::float8))", east, north)
    assert any(cell.startswith(beginning) for beginning in cells)


@given(box=BOXES)
def test_the_parts_of_a_box_are_boxes_whose_west_is_west(box: Json) -> None:
    parts = list(Box(box["west"], box["south"], box["east"], box["north"]).parts())
    assert all(part.west <= part.east and part.south <= part.north for part in parts)
