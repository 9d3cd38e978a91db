"""Keyset pages: walked both ways in pages of random sizes, they are the whole list, sorted, once."""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import companies, filters, locations
from db.filters import EVERYTHING
from db.pages import Order, OrderBy, Page, Window, positions
from graph.types.cursors import decode_cursor, encode_cursor
from tests.db.folding_rule import folded

Row = dict[str, Any]
Read = Callable[[Window], Awaitable[Page]]

COMPANY_KEYS = ("NAME", "NPI", "ENUMERATED_ON", "NPPES_UPDATED_ON", "UPDATED_AT")
LOCATION_ORDERS: Sequence[tuple[str, ...]] = (
    ("NPI", "RANK"), ("CITY",), ("STATE",), ("POSTAL_CODE",), ("UPDATED_AT",),
)  # fmt: skip


def fold(text: str | None) -> str:
    """Fold by the rule that the table of characters was made by."""
    return "".join(map(folded, text or ""))


# How each key's value is compared; what is absent sorts lowest.
VALUES: dict[str, Callable[[Row], Any]] = {
    "NAME": lambda row: fold(row["name"]),
    "NPI": lambda row: row["npi"],
    "ENUMERATED_ON": lambda row: row["enumerated_on"] or date.min,
    "NPPES_UPDATED_ON": lambda row: row["nppes_updated_on"] or date.min,
    "UPDATED_AT": lambda row: row["updated_at"],
    "RANK": lambda row: not row["is_primary"],
    "CITY": lambda row: fold(row["city"]),
    "STATE": lambda row: row["state"] or "",
    "POSTAL_CODE": lambda row: row["postal_code"] or "",
}


def sorted_by(rows: list[Row], order: OrderBy, unique: str) -> list[Any]:
    """Return the rows' unique keys in order; the last key asked for decides ties in its own direction."""
    found = sorted(rows, key=lambda row: row[unique], reverse=order[-1][1])
    for name, descending in reversed(order):
        found.sort(key=VALUES[name], reverse=descending)
        # Python's reverse keeps ties as they were, so the sorts before this one stand.
    return [row[unique] for row in found]


async def walked(read: Read, order: Order, unique: str, sizes: Sequence[int], *, backward: bool) -> list[Any]:
    """Walk to the end with cursors as clients hold them; return the unique keys in the list's own order."""
    found: list[Any] = []
    position = None
    for size in itertools.cycle(sizes):
        page = await read(Window(size, position, backward))
        keys = [row[unique] for row in page.rows]
        found = keys + found if backward else found + keys
        further, back = (page.has_previous, page.has_next) if backward else (page.has_next, page.has_previous)
        assert back is (position is not None)
        assert not further or len(keys) == size
        if not further:
            return found
        cursor = encode_cursor("list", positions(order)(page.rows[0 if backward else -1]))
        position = decode_cursor(cursor, "list", order, "after")
    raise AssertionError


ORDERS_OF_COMPANIES = st.lists(
    st.tuples(st.sampled_from(COMPANY_KEYS), st.booleans()),
    min_size=1,
    max_size=4,
    unique_by=lambda key: key[0],
).map(tuple)
SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@settings(max_examples=60)
@given(data=st.data(), order=ORDERS_OF_COMPANIES, sizes=SIZES)
async def test_companies_walked_both_ways_are_the_sorted_list(
    data: st.DataObject, order: OrderBy, sizes: list[int], scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_locations=0))
    await scratch.fill(rows)

    async def read(window: Window) -> Page:
        return await companies.page(scratch.database, EVERYTHING, order, window)

    expected = sorted_by(rows.companies, order, "npi")
    for backward in (False, True):
        assert await walked(read, companies.keys(order), "npi", sizes, backward=backward) == expected


@settings(max_examples=4)
@given(data=st.data(), sizes=SIZES)
async def test_companies_in_every_single_order_and_every_pair_of_directions(
    data: st.DataObject, sizes: list[int], scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_locations=0))
    await scratch.fill(rows)
    singles: list[OrderBy] = [((key, way),) for key in COMPANY_KEYS for way in (False, True)]
    pairs: list[OrderBy] = [
        (("NPPES_UPDATED_ON", one), ("NAME", other)) for one in (False, True) for other in (False, True)
    ]
    for order in singles + pairs:

        async def read(window: Window, order: OrderBy = order) -> Page:
            return await companies.page(scratch.database, EVERYTHING, order, window)

        expected = sorted_by(rows.companies, order, "npi")
        for backward in (False, True):
            assert await walked(read, companies.keys(order), "npi", sizes, backward=backward) == expected


@settings(max_examples=40)
@given(data=st.data(), names=st.sampled_from(LOCATION_ORDERS), descending=st.booleans(), sizes=SIZES)
async def test_locations_walked_both_ways_are_the_sorted_list(
    data: st.DataObject,
    names: tuple[str, ...],
    descending: bool,  # noqa: FBT001 - hypothesis draws it
    sizes: list[int],
    scratch: Any,
    random_directories: Any,
) -> None:
    rows = data.draw(random_directories(max_companies=6))
    await scratch.fill(rows)
    order = tuple((name, descending) for name in names)

    async def read(window: Window) -> Page:
        return await locations.page(scratch.database, EVERYTHING, order, window)

    expected = sorted_by(rows.locations, order, "id")
    for backward in (False, True):
        assert await walked(read, locations.keys(order), "id", sizes, backward=backward) == expected


@settings(max_examples=40)
@given(
    data=st.data(),
    name=st.sampled_from(("RANK", "CITY", "STATE", "POSTAL_CODE", "UPDATED_AT")),
    descending=st.booleans(),
    sizes=SIZES,
)
async def test_each_company_has_its_own_page_of_locations_from_one_statement(
    data: st.DataObject,
    name: str,
    descending: bool,  # noqa: FBT001 - hypothesis draws it
    sizes: list[int],
    scratch: Any,
    random_directories: Any,
) -> None:
    rows = data.draw(random_directories(max_companies=5, max_locations=6))
    await scratch.fill(rows)
    order: OrderBy = ((name, descending),)
    asked = [row["npi"] for row in rows.companies] * 2 + ["1999999999"]
    expected = {npi: sorted_by([row for row in rows.locations if row["npi"] == npi], order, "id") for npi in asked}
    size = sizes[0]
    for backward in (False, True):
        window = Window(size, None, backward)
        pages = await locations.page_by_company(scratch.database, asked, EVERYTHING, order, window)
        for npi, page in zip(asked, pages, strict=True):
            whole = expected[npi]
            assert [row["id"] for row in page.rows] == (whole[-size:] if backward else whole[:size])
            assert (page.has_previous if backward else page.has_next) is (len(whole) > size)
        for npi, whole in expected.items():

            async def read(window: Window, npi: str = npi) -> Page:
                [page] = await locations.page_by_company(scratch.database, [npi], EVERYTHING, order, window)
                return page

            assert await walked(read, locations.keys(order), "id", sizes, backward=backward) == whole


@pytest.fixture
async def three(scratch: Any) -> Any:
    """Return the scratch database with three companies: a, b, c."""
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses; INSERT INTO companies (npi, name, npi_status, source)"
        " SELECT '100000000' || number, substr('abc', number, 1), 'ACTIVE', 'NPPES'"
        " FROM generate_series(1, 3) AS number"
    )
    return scratch


async def names_of(page: Page) -> str:
    return "".join(row["name"] for row in page.rows)


@pytest.mark.parametrize("backward", [False, True])
async def test_a_cursor_whose_row_is_gone_continues_after_its_place(three: Any, backward: bool) -> None:  # noqa: FBT001
    first = await companies.page(three.database, EVERYTHING, companies.BY_NAME, Window(2, None, backward))
    edge = first.rows[0 if backward else -1]
    await three.writer.execute("DELETE FROM companies WHERE npi = $1", edge["npi"])
    position = positions(companies.keys(companies.BY_NAME))(edge)
    second = await companies.page(three.database, EVERYTHING, companies.BY_NAME, Window(2, position, backward))
    assert await names_of(second) == ("a" if backward else "c")


async def test_a_row_that_comes_before_the_position_does_not_repeat_the_page(three: Any) -> None:
    first = await companies.page(three.database, EVERYTHING, companies.BY_NAME, Window(2, None))
    await three.writer.execute(
        "INSERT INTO companies (npi, name, npi_status, source) VALUES ('1000000000', 'aa', 'ACTIVE', 'NPPES')"
    )
    position = positions(companies.keys(companies.BY_NAME))(first.rows[-1])
    second = await companies.page(three.database, EVERYTHING, companies.BY_NAME, Window(2, position))
    assert await names_of(second) == "c"


@pytest.mark.parametrize(
    ("size", "backward", "names", "has_next", "has_previous"),
    [
        (0, False, "", True, False),
        (0, True, "", False, True),
        (2, False, "ab", True, False),
        (2, True, "bc", False, True),
        (3, False, "abc", False, False),
        (3, True, "abc", False, False),
        (200, False, "abc", False, False),
    ],
)
async def test_a_page_says_whether_there_is_more_on_either_side(
    three: Any, size: int, backward: bool, names: str, has_next: bool, has_previous: bool  # noqa: FBT001
) -> None:  # fmt: skip
    page = await companies.page(three.database, EVERYTHING, companies.BY_NAME, Window(size, None, backward))
    assert await names_of(page) == names
    assert (page.has_next, page.has_previous) == (has_next, has_previous)


async def test_a_page_of_nothing_is_empty_on_both_sides(three: Any) -> None:
    nobody = filters.Test("npi", (["1999999999"],))
    for backward in (False, True):
        page = await companies.page(three.database, nobody, companies.BY_NAME, Window(5, None, backward))
        assert not page.rows
        assert (page.has_next, page.has_previous) == (False, False)
