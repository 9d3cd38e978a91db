"""How PostgreSQL runs the pages on 100,000 companies: by indexes, whatever the filter and the order, at any depth."""


# ruff: noqa: E501 - tables keep a case on a line

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import companies, filters, licenses, location_columns, locations, relevance
from db.columns import Columns
from db.engine import Database, PoolOptions, connection_to
from db.filters import EVERYTHING, EVERYTHING_SHAPE, Condition, Group
from db.finding import PartShapes, Shapes
from db.nearby import Near
from db.nested import Object, Rows
from db.pages import OrderBy, Page, Window, positions
from db.relevance import Wanted
from db.search import search
from db.statement import Statement

pytestmark = pytest.mark.slow

# Columns depend on the number through hashes, so that no filter goes with an order by chance.
FILL = """
CREATE FUNCTION pg_temp.pick(number int, salt int, size int) RETURNS int LANGUAGE sql IMMUTABLE AS
  'SELECT (hashint8extended(number, salt) & 1073741823)::int % size';

INSERT INTO companies (
  npi, name, other_names, is_active, npi_status, deactivated_on, enumerated_on, nppes_updated_on, is_subpart, parent_name,
  taxonomies, taxonomy_codes, source, updated_at
)
SELECT
  (1000000000 + number * 37)::text,
  translate(pg_temp.pick(number, 1, 400)::text, '0123456789', 'ABCDEFGHIJ')
    || ' ' || translate(pg_temp.pick(number, 2, 9000)::text, '0123456789', 'KLMNOPQRST')
    || ' ' || (ARRAY['MEDICAL SUPPLY', 'HOME HEALTH', 'PHARMACY', 'HOSPICE CARE', 'CLINIC'])[1 + pg_temp.pick(number, 3, 5)],
  '[]',
  pg_temp.pick(number, 4, 67) <> 0,
  CASE WHEN pg_temp.pick(number, 5, 71) = 0 THEN 'DEACTIVATED' ELSE 'ACTIVE' END,
  CASE WHEN pg_temp.pick(number, 5, 71) = 0 THEN date '2006-01-01' + pg_temp.pick(number, 22, 7000) END,
  date '2005-05-23' + pg_temp.pick(number, 6, 7400),
  CASE WHEN pg_temp.pick(number, 7, 500) <> 0 THEN date '2007-01-01' + pg_temp.pick(number, 8, 6800) END,
  number % 16 = 0,
  CASE WHEN number % 16 = 0 THEN 'PARENT ' || pg_temp.pick(number, 9, 640) END,
  '[]',
  ARRAY[CASE pg_temp.pick(number, 10, 10)
    WHEN 0 THEN '332B00000X' WHEN 1 THEN '251E00000X' ELSE (pg_temp.pick(number, 11, 300) + 200) || 'Q00000X'
  END],
  'NPPES',
  timestamptz '2025-01-01' + pg_temp.pick(number, 12, 1000000) * interval '1 second'
FROM generate_series(1, 100000) AS number;

INSERT INTO locations (
  id, npi, kind, is_primary, is_active, city, state, postal_code, position, position_precision, source, updated_at
)
SELECT
  md5(number || ' ' || place)::uuid,
  (1000000000 + number * 37)::text,
  CASE WHEN place = 0 THEN 'PRIMARY_PRACTICE' WHEN number % 200 = 9 THEN 'WAREHOUSE' ELSE 'SECONDARY_PRACTICE' END,
  place = 0,
  pg_temp.pick(number, 13, 300) <> 0,
  'CITY ' || pg_temp.pick(number, 14 + place, 3000),
  CASE pg_temp.pick(number, 16, 1000)
    WHEN 0 THEN 'GU' ELSE (ARRAY['TX', 'FL', 'CA', 'PA', 'OH', 'NY', 'S1', 'S2', 'S3', 'S4'])[1 + pg_temp.pick(number, 17, 10)]
  END,
  lpad(pg_temp.pick(number, 18 + place, 33000)::text, 5, '0'),
  point(-125 + pg_temp.pick(number, 18 + place, 33000) / 33000.0 * 58, 25 + pg_temp.pick(number, 20, 33000) / 33000.0 * 24),
  'ZIP5_CENTROID',
  'NPPES',
  timestamptz '2025-01-01' + pg_temp.pick(number, 21, 1000000) * interval '1 second'
FROM generate_series(1, 100000) AS number, generate_series(0, number % 10 / 8) AS place;

INSERT INTO licenses (id, npi, kind, number, expires_on, source)
SELECT
  md5('license ' || number)::uuid,
  (1000000000 + pg_temp.pick(number, 22, 100000) * 37 + 37)::text,
  (ARRAY['MEDICAL_EQUIPMENT', 'PHARMACY', 'ACCREDITATION'])[1 + pg_temp.pick(number, 23, 3)],
  number,
  current_date + pg_temp.pick(number, 24, 1200) - 400,
  'MANUAL'
FROM generate_series(1, 20000) AS number;
"""


def such(name: str, *values: object) -> Condition:
    return filters.Test(name, values)


def both(*conditions: Condition) -> Condition:
    return Group("and", conditions)


def has_location(*conditions: Condition) -> Condition:
    return Group("locations", (both(*conditions),))


def company_is(*conditions: Condition) -> Condition:
    return Group("company", (both(*conditions),))


def has_license(*conditions: Condition) -> Condition:
    return Group("licenses", (both(*conditions),))


def home(*conditions: Condition) -> Condition:
    return has_location(such("primary"), *conditions)


def an_hour() -> tuple[Condition, Condition]:
    """One of the 278 in which rows were changed."""
    start, end = (datetime(2025, 1, 5, hour, tzinfo=UTC) for hour in (7, 8))
    return such("changed_since", start), such("changed_before", end)


TODAY = datetime.now(UTC).date()
ACTIVE, INACTIVE = such("active"), such("inactive")
TEXAS, GUAM = such("state", ["TX"]), such("state", ["GU"])
SUPPLIERS = such("taxonomy", "'332B':*")

COMPANY_FILTERS: Mapping[str, Condition] = {
    "everything": EVERYTHING,
    "active": ACTIVE,
    "inactive": INACTIVE,
    "npi": such("npi", ["1000000037", "1000003700"]),
    "npi_status of most": such("npi_status", ["ACTIVE"]),
    "npi_status of few": such("npi_status", ["DEACTIVATED"]),
    "npi_status of nobody": such("npi_status", ["UNKNOWN"]),
    "two npi_status": such("npi_status", ["DEACTIVATED", "UNKNOWN"]),
    "name": such("name", ["bcd lmno hospice care", "nobody"]),
    "name starts with a letter": such("name_starts_with", "a", "a\U0010ffff"),
    "name starts with a word": such("name_starts_with", "bcd k", "bcd k\U0010ffff"),
    "name contains what many do": such("name_contains", "supply"),
    "name contains what few do": such("name_contains", "bcd lm"),
    "words of many": such("words", "'supply':*"),
    "words of few": such("words", "'lmn':* & 'bcd':*"),
    "words of very few": such("words", "'lmno':*"),
    "words of nobody": such("words", "'zzz':*"),
    "words of an npi": such("words", "'1000000037':*"),
    "taxonomy of many": such("taxonomy", "'251E00000X'"),
    "taxonomy of few": such("taxonomy", "'250Q00000X'"),
    "taxonomy prefix of many": SUPPLIERS,
    "taxonomy prefix of few": such("taxonomy", "'250':*"),
    "taxonomy prefix of none": such("taxonomy", "'9':*"),
    "parent_name": such("parent_name", ["parent 16"]),
    "updated lately": such("updated_since", date(2025, 8, 1)),
    "updated until long ago": such("updated_until", date(2007, 3, 1)),
    "deactivated lately": such("deactivated_since", date(2025, 1, 1)),
    "deactivated at any time": such("deactivated_until", date(2025, 12, 31)),
    "changed in an hour": both(*an_hour()),
    "changed since long ago": such("changed_since", datetime(2020, 1, 1, tzinfo=UTC)),
    "state of many": home(TEXAS),
    "state of few": home(GUAM),
    "city": home(such("city", ["city 77"])),
    "city and state": home(such("city", ["city 77"]), TEXAS),
    "postal_code": home(such("postal_code", ["00077", "00078"])),
    "has a warehouse": has_location(such("kind", ["WAREHOUSE"])),
    "has a secondary location in a state": has_location(such("secondary"), TEXAS),
    "has a secondary location": has_location(such("secondary")),
    "has an inactive location": has_location(such("inactive")),
    "has a primary location of another kind": home(such("kind", ["SECONDARY_PRACTICE"])),
    "has a secondary location of the registry's kind": has_location(
        such("secondary"), such("kind", ["PRIMARY_PRACTICE"])
    ),
    "has a valid license that has expired": has_license(such("valid"), such("expires_until", date(2020, 1, 1))),
    "a license expires soon": has_license(
        such("expires_since", TODAY), such("expires_until", TODAY + timedelta(days=3))
    ),
    "a license has expired": has_license(such("expires_until", TODAY)),
    "has a valid license": has_license(such("valid")),
    "has no valid license": Group("not", (has_license(such("valid")),)),
    "active suppliers": both(ACTIVE, SUPPLIERS),
    "active, found by words": both(ACTIVE, such("words", "'supply':* & 'bcd':*")),
    "active suppliers of a state": both(ACTIVE, SUPPLIERS, home(TEXAS)),
    "active and inactive": both(ACTIVE, INACTIVE),
    "active of a state": both(ACTIVE, home(TEXAS)),
    "inactive of a state": both(INACTIVE, home(TEXAS)),
    "words in a city": both(such("words", "'supply':*"), home(such("city", ["city 77"]))),
    "not in a state": both(ACTIVE, Group("not", (home(TEXAS),))),
    "one of two": Group("or", (such("npi", ["1000000037"]), such("name", ["bcd lmno hospice care"]))),
}
COMPANY_ORDERS: Mapping[str, OrderBy] = {
    **{key: ((key, False),) for key in ("NAME", "NPI", "ENUMERATED_ON", "NPPES_UPDATED_ON", "UPDATED_AT")},
    "NPPES_UPDATED_ON DESC": (("NPPES_UPDATED_ON", True),),
    "UPDATED_AT DESC": (("UPDATED_AT", True),),
    "ENUMERATED_ON DESC, NAME": (("ENUMERATED_ON", True), ("NAME", False)),
}
LOCATION_FILTERS: Mapping[str, Condition] = {
    "everything": EVERYTHING,
    "active": ACTIVE,
    "inactive": INACTIVE,
    "primary": such("primary"),
    "secondary": such("secondary"),
    "kind of few": such("kind", ["WAREHOUSE"]),
    "kinds by hand": such("kind", ["WAREHOUSE", "OTHER"]),
    "kind of many": such("kind", ["SECONDARY_PRACTICE"]),
    "npi": such("npi", ["1000000037", "1000003700"]),
    "primary of another kind": both(such("primary"), such("kind", ["SECONDARY_PRACTICE"])),
    "secondary of the registry's kind": both(such("secondary"), such("kind", ["PRIMARY_PRACTICE"])),
    "primary and secondary": both(such("primary"), such("secondary")),
    "state of many": TEXAS,
    "state of few": GUAM,
    "city": such("city", ["city 77"]),
    "city and state": both(TEXAS, such("city", ["city 77"])),
    "postal_code": such("postal_code", ["00077", "00078"]),
    "changed in an hour": both(*an_hour()),
    "of companies deactivated lately": company_is(such("deactivated_since", date(2025, 1, 1))),
    "of active companies": company_is(ACTIVE),
    "of active suppliers": company_is(ACTIVE, SUPPLIERS),
    "of suppliers in a state": both(TEXAS, company_is(SUPPLIERS)),
    "of companies found by words": company_is(such("words", "'lmn':* & 'bcd':*")),
}
LOCATION_ORDERS: Mapping[str, OrderBy] = {
    "COMPANY": locations.BY_COMPANY,
    "COMPANY DESC": (("NPI", True), ("RANK", True)),
    **{key: ((key, False),) for key in ("CITY", "STATE", "POSTAL_CODE", "UPDATED_AT")},
}


# Blocks; to walk the whole of an index and look each row up takes 100,000, and as many again for each other table
# that is asked for each.
WHOLE = 80_000

SEQUENTIAL_SCANS = """
SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('companies', 'locations')
"""

Plan = dict[str, Any]
Read = Callable[[Window], Awaitable[Page]]


class Explained(Database):
    """A database that tells how it would run each read; `plans` grows by one a statement."""

    plans: list[Plan]
    analyze = False

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """Explain the statement with these values, then run it."""
        options = "FORMAT JSON, ANALYZE, BUFFERS, TIMING off" if self.analyze else "FORMAT JSON"
        text = f"EXPLAIN ({options}) {statement.text}"
        explaining = Statement(text, statement.names, asyncpg.Record)
        [row] = await super().read(explaining, values)
        self.plans.append(json.loads(row["QUERY PLAN"])[0]["Plan"])
        return await super().read(statement, values)


@pytest.fixture(scope="module")
async def large_url(new_database_url: Callable[[], Awaitable[str]]) -> str:
    """The URL of 100,000 companies with 110,000 locations, as autovacuum leaves them; 8 s."""
    url = await new_database_url()
    connection = await asyncpg.connect(url)
    await connection.execute(FILL)
    await connection.execute("VACUUM ANALYZE companies")
    await connection.execute("VACUUM ANALYZE locations")
    await connection.execute("VACUUM ANALYZE licenses")
    await connection.execute("VACUUM ANALYZE listings")
    await connection.close()
    return url


@pytest.fixture(scope="module")
async def opened(large_url: str) -> AsyncIterator[Explained]:
    async with Explained.open(large_url) as database:
        yield database


@pytest.fixture
def large(opened: Explained) -> Explained:
    opened.plans = []
    opened.analyze = False
    return opened


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def scanned_whole(plan: Plan) -> list[str]:
    """Return the tables that a plan reads from end to end; where it was run, those that it did read."""
    scans = [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
    return [node["Relation Name"] for node in scans if node.get("Actual Loops") != 0]


def indexes_of(plan: Plan) -> set[str]:
    """Return the indexes that a plan has."""
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def buffers(plan: Plan) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def three_pages(read: Read, order: Any) -> None:
    """Read the first page, the second, and the last."""
    first = await read(Window(25, None))
    if first.rows:
        await read(Window(25, positions(order)(first.rows[-1])))
    await read(Window(25, None, backward=True))


async def judged(large: Explained, read: Read, order: Any) -> None:
    """Read three pages and look at how each was found."""
    large.analyze = True
    await three_pages(read, order)
    assert len(large.plans) >= 2
    for plan in large.plans:
        assert scanned_whole(plan) == []
        assert buffers(plan) < WHOLE


@pytest.mark.parametrize("order", COMPANY_ORDERS)
@pytest.mark.parametrize("condition", COMPANY_FILTERS)
async def test_no_page_of_companies_reads_a_whole_table(large: Explained, condition: str, order: str) -> None:
    keys = COMPANY_ORDERS[order]
    await judged(
        large,
        lambda window: companies.page(large, COMPANY_FILTERS[condition], keys, window),
        companies.keys(keys),
    )


@pytest.mark.parametrize("order", LOCATION_ORDERS)
@pytest.mark.parametrize("condition", LOCATION_FILTERS)
async def test_no_page_of_locations_reads_a_whole_table(large: Explained, condition: str, order: str) -> None:
    keys = LOCATION_ORDERS[order]
    await judged(
        large,
        lambda window: locations.page(large, LOCATION_FILTERS[condition], keys, window),
        locations.keys(keys),
    )


@pytest.mark.parametrize("condition", ["everything", "active", "state of many", "of active suppliers"])
async def test_no_page_near_a_place_reads_a_whole_table(large: Explained, condition: str) -> None:
    near = Near(-97.0, 32.0, 100.0)
    order = locations.BY_DISTANCE
    await judged(
        large,
        lambda window: locations.page(large, LOCATION_FILTERS[condition], order, window, near),
        locations.keys(order),
    )
    # All that fit, where the farthest are asked for first, or where too few of the nearest do.
    assert "locations_near" in indexes_of(large.plans[0])
    assert all({"locations_near", "listings_facets"} & indexes_of(plan) for plan in large.plans)


def combined(conditions: Mapping[str, Condition]) -> st.SearchStrategy[Condition]:
    """Several of these, as people put them together; what must not be is what few are."""
    some = st.lists(st.sampled_from(sorted(conditions)), min_size=1, max_size=4, unique=True)
    of_few = [conditions[name] for name in sorted(conditions) if "of few" in name or name in {"city", "inactive"}]
    every = some.map(lambda names: both(*(conditions[name] for name in names)))
    either = st.lists(every, min_size=2, max_size=3).map(lambda each: Group("or", tuple(each)))
    without = st.builds(lambda one, other: both(one, Group("not", (other,))), every, st.sampled_from(of_few))
    return st.one_of(every, either, without, st.builds(both, every, either))


@settings(max_examples=40, derandomize=True)
@given(condition=combined(COMPANY_FILTERS), order=st.sampled_from(sorted(COMPANY_ORDERS)))
async def test_no_combination_of_filters_of_companies_reads_a_whole_table(
    large: Explained, condition: Condition, order: str
) -> None:
    large.plans, large.analyze = [], True
    await companies.page(large, condition, COMPANY_ORDERS[order], Window(25))
    await companies.count(large, condition, 1_000)
    assert [scanned_whole(plan) for plan in large.plans] == [[], []]


@settings(max_examples=40, derandomize=True)
@given(condition=combined(LOCATION_FILTERS), order=st.sampled_from(sorted(LOCATION_ORDERS)))
async def test_no_combination_of_filters_of_locations_reads_a_whole_table(
    large: Explained, condition: Condition, order: str
) -> None:
    large.plans, large.analyze = [], True
    await locations.page(large, condition, LOCATION_ORDERS[order], Window(25))
    await locations.count(large, condition, 1_000)
    assert [scanned_whole(plan) for plan in large.plans] == [[], []]


async def test_no_look_up_by_keys_reads_a_whole_table(large: Explained) -> None:
    npis = [str(1_000_000_000 + number * 37) for number in range(1, 1001)]
    found = await companies.by_npi(large, npis)
    assert all(found)
    await companies.standings(large, npis)
    primaries = await locations.primary_by_company(large, npis)
    await locations.by_id(large, [row["id"] for row in primaries if row])
    for order in (locations.PRIMARY_FIRST, (("CITY", True),)):
        for backward in (False, True):
            await locations.page_by_company(large, npis[:200], EVERYTHING, order, Window(10, None, backward))
    await locations.page_by_company(large, npis[:200], ACTIVE, locations.PRIMARY_FIRST, Window(10, None))
    await locations.count_by_company(large, npis, ACTIVE)
    held = await licenses.by_company(large, npis)
    await licenses.by_id(large, [row["id"] for rows in held for row in rows])
    await licenses.are_valid(large, npis, TODAY)
    soon = TODAY + timedelta(days=30)
    [page] = await licenses.expiring(large, [such("npi", npis)], TODAY, soon, Window(10, None))
    assert page.rows
    assert len(large.plans) == 14
    assert [scanned_whole(plan) for plan in large.plans] == [[]] * 14


SEARCHES = (
    "AA BB medical", "medical", "hospice medical", '"hospice care" -kk', "kkl OR klm hospice", "a", "100", "mdical suply",
    "zzzz", "home helth", "med sup llc",
)  # fmt: skip


@pytest.mark.parametrize("text", SEARCHES)
@pytest.mark.parametrize("rest", ["everything", "active"])
async def test_no_page_by_relevance_reads_a_whole_table(large: Explained, text: str, rest: str) -> None:
    wanted = Wanted(COMPANY_FILTERS[rest], search(text))
    for backward in (False, True):
        page = await relevance.page(large, wanted, Window(25, None, backward))
        if page.has_next or page.has_previous:
            edge = page.rows[0 if backward else -1]
            await relevance.page(large, wanted, Window(25, relevance.position(edge), backward))
    assert [scanned_whole(plan) for plan in large.plans] == [[]] * len(large.plans)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("order", COMPANY_ORDERS)
@pytest.mark.parametrize("condition", ["everything", "active"])
async def test_the_400th_page_costs_what_the_first_one_costs(
    large: Explained, condition: str, order: str, backward: bool  # noqa: FBT001
) -> None:  # fmt: skip
    keys = COMPANY_ORDERS[order]

    async def read(window: Window) -> Page:
        return await companies.page(large, COMPANY_FILTERS[condition], keys, window)

    before = await read(Window(399 * 25, None, backward))
    edge = before.rows[0 if backward else -1]
    large.plans, large.analyze = [], True
    await read(Window(25, None, backward))
    await read(Window(25, positions(companies.keys(keys))(edge), backward))
    first, deep = (buffers(plan) for plan in large.plans)
    assert deep <= 2 * first + 20
    assert scanned_whole(large.plans[1]) == []


async def test_statements_that_run_often_read_no_whole_table_either(large_url: str) -> None:
    """From the sixth run on PostgreSQL may keep one plan for all values."""
    watcher = await asyncpg.connect(large_url)
    before = await watcher.fetchval(SEQUENTIAL_SCANS)
    async with Database.open(large_url, PoolOptions(size=1)) as database:
        for condition in COMPANY_FILTERS.values():
            for _ in range(8):
                await companies.page(database, condition, companies.BY_NAME, Window(25, None))
        for condition in LOCATION_FILTERS.values():
            for _ in range(8):
                await locations.page(database, condition, locations.BY_COMPANY, Window(25, None))
    # A connection that ends hands in what it counted.
    assert await watcher.fetchval(SEQUENTIAL_SCANS) == before
    await watcher.fetch("SELECT count(*) FROM locations WHERE phone = 'x'")
    await watcher.execute("SELECT pg_stat_force_next_flush()")
    assert await watcher.fetchval(SEQUENTIAL_SCANS) > before
    await watcher.close()


KINDS = Object((("nodes", Rows(Object((("kind", "kind"),)))),))
PLACES = Object((("edges", Rows(Object((("cursor", "cursor"),)))), ("end", "end_cursor"), ("count", "value")))


FACETS = Shapes(PartShapes(own=("and", ("listed",))))


def planned_once() -> Iterator[Statement]:
    """Every form of the statements that are planned once for all values."""
    yield from (
        companies._by_npi_statement(None),
        companies._STANDINGS,
        companies._counts_statement((), (FACETS,)),
    )
    yield from (locations._by_id_statement(None), locations._primary_by_company_statement(None))
    yield locations._count_by_company_statement(EVERYTHING_SHAPE)
    yield from (licenses._by_id_statement(None), licenses._by_company_statement(None), licenses._ARE_VALID)
    own = licenses.nested(Object((("kind", "kind"),)))
    primary = location_columns.nested_primary(Object((("kind", "kind"),)))
    pages = [location_columns.nested_page(shape, "$(size)::int", "list:", 10) for shape in (KINDS, PLACES)]
    with_others = Columns((*pages, primary, own))
    yield companies._by_npi_statement(with_others)
    for backward, positioned in product((False, True), repeat=2):
        for name, descending in product(companies.SORT_KEYS, (False, True)):
            for columns in (None, with_others):
                yield companies._pages_statement(
                    (EVERYTHING_SHAPE,), (), ((name, descending),), backward, positioned, columns
                )
                yield companies._pages_statement(
                    (), (FACETS,), ((name, descending),), backward, positioned, columns
                )
        for name, descending in product(locations.SORT_KEYS.keys() - {"DISTANCE"}, (False, True)):
            order: OrderBy = ((name, descending),)
            yield locations._page_of_company_statement(EVERYTHING_SHAPE, order, backward, positioned, None)
            yield locations._page_by_company_statement(EVERYTHING_SHAPE, order, backward, positioned, None)
        for order in (locations.BY_COMPANY, (("CITY", False),), (("UPDATED_AT", True),)):
            yield locations._page_statement(
                EVERYTHING_SHAPE, order, backward, positioned, near=False, columns=None
            )


async def test_what_is_planned_once_reads_no_table_whole(large_url: str) -> None:
    statements = list(planned_once())
    assert len(statements) > 100
    assert all(statement.plans_once for statement in statements)
    async with connection_to(large_url) as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for statement in statements:
            await connection.execute(f"PREPARE planned AS {statement.text}")
            arguments = f"({', '.join(['NULL'] * len(statement.names))})" if statement.names else ""
            [row] = await connection.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE planned{arguments}")
            await connection.execute("DEALLOCATE planned")
            plan = json.loads(row["QUERY PLAN"])[0]["Plan"]
            assert scanned_whole(plan) == [], (statement.text, plan)
