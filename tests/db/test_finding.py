"""What is found under any filter in any order is the sorted list of what fits, whichever step finds it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import companies, finding, locations, matching
from db.finding import Look
from db.pages import OrderBy, Window
from graph.types.filters import CompanyFilter, LocationFilter, company_condition, location_condition
from tests.db.test_filters import built, companies_filters, company_fits, location_fits, locations_filters
from tests.db.test_pages import LOCATION_ORDERS, ORDERS_OF_COMPANIES, SIZES, sorted_by, walked

STATEMENTS = (
    companies._pages_statement,
    companies._pages_template,
    companies._counts_statement,
    locations._found_statement,
    locations._found_template,
    locations._found_count_statement,
)


@pytest.fixture(params=[Look(1, 2, 1), Look(2, 5, 3), Look(1, 50, 50)], ids=str)
def _short_looks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looks that end within a dozen rows, so that pages are found by each of the steps."""
    for name in ("FOR_PAGE", "FOR_COUNT"):
        monkeypatch.setattr(finding, name, request.param)
    monkeypatch.setattr(matching, "SAMPLE", 1)
    _forget()
    yield
    _forget()


def _forget() -> None:
    for statement in STATEMENTS:
        statement.cache_clear()


@pytest.mark.usefixtures("_short_looks")
@settings(max_examples=15)
@given(data=st.data(), json=companies_filters(2), order=ORDERS_OF_COMPANIES, sizes=SIZES, cap=st.integers(0, 9))
async def test_companies_found_both_ways_are_the_sorted_list_of_those_that_fit(
    data: st.DataObject,
    json: Any,
    order: OrderBy,
    sizes: list[int],
    cap: int,
    scratch: Any,
    random_directories: Any,
) -> None:
    rows = data.draw(random_directories(max_companies=9, max_locations=2))
    await scratch.fill(rows)
    condition = company_condition(built(CompanyFilter, json))
    expected = sorted_by([row for row in rows.companies if company_fits(json, row, rows)], order, "npi")
    read = partial(companies.page, scratch.database, condition, order)
    for backward in (False, True):
        assert await walked(read, companies.keys(order), "npi", sizes, backward=backward) == expected
    assert await companies.count(scratch.database, condition, cap) == min(len(expected), cap + 1)


@pytest.mark.usefixtures("_short_looks")
@settings(max_examples=8)
@given(data=st.data(), json=st.lists(companies_filters(2), min_size=2, max_size=3))
async def test_several_filters_find_in_one_statement_what_each_finds(
    data: st.DataObject, json: list[Any], scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=9, max_locations=2))
    await scratch.fill(rows)
    conditions = [company_condition(built(CompanyFilter, each)) for each in json]
    expected = [
        sorted_by([row for row in rows.companies if company_fits(each, row, rows)], companies.BY_NAME, "npi")
        for each in json
    ]
    pages = await companies.pages_of_each(scratch.database, conditions, companies.BY_NAME, Window(9))
    assert [[row["npi"] for row in page.rows] for page in pages] == expected
    assert await companies.count_of_each(scratch.database, conditions, 9) == list(map(len, expected))


@pytest.mark.usefixtures("_short_looks")
@settings(max_examples=15)
@given(
    data=st.data(),
    json=locations_filters(2),
    names=st.sampled_from(LOCATION_ORDERS),
    descending=st.booleans(),
    sizes=SIZES,
    cap=st.integers(0, 9),
)
async def test_locations_found_both_ways_are_the_sorted_list_of_those_that_fit(
    data: st.DataObject,
    json: Any,
    names: tuple[str, ...],
    descending: bool,  # noqa: FBT001 - drawn
    sizes: list[int],
    cap: int,
    scratch: Any,
    random_directories: Any,
) -> None:
    rows = data.draw(random_directories(max_companies=5, max_locations=3))
    await scratch.fill(rows)
    order: OrderBy = tuple((name, descending) for name in names)
    condition = location_condition(built(LocationFilter, json))
    expected = sorted_by([row for row in rows.locations if location_fits(json, row, rows)], order, "id")
    read = partial(locations.page, scratch.database, condition, order)
    for backward in (False, True):
        assert await walked(read, locations.keys(order), "id", sizes, backward=backward) == expected
    assert await locations.count(scratch.database, condition, cap) == min(len(expected), cap + 1)
