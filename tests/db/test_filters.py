"""Filters against an oracle in plain Python: every test, nested into each other, over small random directories."""


# ruff: noqa: E501 - tables keep a case on a line

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.sql.selectable import FromClause
from strawberry.utils.str_converters import to_snake_case

from db import companies, filters, locations
from db.filters import EVERYTHING, Group
from db.pages import Window
from db.tables import zips
from graph.types.bounding_box import BoundingBox
from graph.types.enums import LocationKind, NpiStatus
from graph.types.filters import (
    CompanyFilter,
    LocationFilter,
    company_condition,
    location_condition,
)
from graph.types.name_match import NameMatch
from graph.types.ranges import DateRange, DateTimeRange
from tests.db.conftest import NOON
from tests.db.folding_rule import folded

Row = dict[str, Any]
# A filter as a client writes it, but for enumerations and dates, which are Python's.
Json = dict[str, Any]

ALL = Window(200, None)
TEXTS = (
    "acme", "ACME MEDICAL SUPPLY", "médical acm", "s o'brien", "Ácme", "o'brien's", "OBRIEN", "supply acme", "med", "care", "日本", "łó", "24 7",
    "tilde", "%", "_care_", "ß-k", "100", "😀", "zoe utrecht", "group",
)  # fmt: skip
CODES = ("332B00000X", "332BX2000X", "251G00000X")
NPIS = tuple(str(1_000_000_000 + number) for number in (0, 1000, 1001, 2001, 9011))
PLACES = {
    "state": st.sampled_from(("TX", " tx", "FL", "bavaria", "Bavaria", "BÁVÄRIA", "NY", "qc", "")),
    "city": st.sampled_from(("austin", "COEUR D'ALENE", "anasco", "Nowhere")),
    "postalCode": st.sampled_from(("78701 ", "78701-1234", "787021234", "K1A 0B1\u3000", "99999")),
}


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a list of values, now and then an empty one or null."""
    return st.none() | st.lists(values, max_size=3)


NAME_MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "eq": st.sampled_from(TEXTS),
        "in": some(st.sampled_from(TEXTS)),
        "startsWith": st.sampled_from((*TEXTS, "", "'")),
        "contains": st.sampled_from(("acme", "MEDICAL", "o'brien", "care", "ütr", "100%", "_care", "日本 ")),
    },
)
DATE_RANGES = st.fixed_dictionaries(
    {},
    optional={
        "from": st.sampled_from((date.min, date(2020, 2, 29), date(2020, 3, 1), date(2025, 1, 1))),
        "to": st.sampled_from((date(2020, 2, 29), date(2024, 12, 30), date.max)),
    },
)
INSTANTS = (
    datetime.min.replace(tzinfo=UTC),
    NOON,
    NOON + timedelta(microseconds=1),
    datetime.max.replace(tzinfo=UTC),
)
INSTANT_RANGES = st.fixed_dictionaries({}, optional=dict.fromkeys(("from", "to"), st.sampled_from(INSTANTS)))
TODAY = datetime.now(UTC).date()
EXPIRIES = st.fixed_dictionaries(
    {},
    optional={
        "from": st.sampled_from((date.min, TODAY - timedelta(1), TODAY)),
        "to": st.sampled_from((TODAY, TODAY + timedelta(30), date.max)),
    },
)
MERIDIANS = st.sampled_from((-180.0, -179.9, -170.0, -97.7431, -97.7, 10.0, 179.9, 180.0))
PARALLELS = st.sampled_from((-90.0, 30.0, 30.2672, 30.3, 51.45, 51.5, 89.9, 90.0))
BOXES = st.builds(
    lambda west, east, sides: {"west": west, "east": east, "south": min(sides), "north": max(sides)},
    MERIDIANS,
    MERIDIANS,
    st.tuples(PARALLELS, PARALLELS),
)
LOCATION_TESTS: dict[str, st.SearchStrategy[Any]] = {
    "isActive": st.none() | st.booleans(),
    "isPrimary": st.none() | st.booleans(),
    "kind": some(st.sampled_from(LocationKind)),
    "npi": some(st.sampled_from(NPIS)),
    "deactivatedOn": DATE_RANGES,
    "updatedAt": INSTANT_RANGES,
    "within": st.none() | BOXES,
    **{name: some(values) for name, values in PLACES.items()},
}
COMPANY_TESTS: dict[str, st.SearchStrategy[Any]] = {
    "isActive": st.none() | st.booleans(),
    "npi": some(st.sampled_from(NPIS)),
    "npiStatus": some(st.sampled_from(NpiStatus)),
    "name": NAME_MATCHES,
    "search": st.sampled_from(TEXTS),
    "taxonomyCode": some(st.sampled_from(CODES)),
    "taxonomyPrefix": some(st.sampled_from(("332B", "33", "251g00000x", "9"))),
    "parentName": some(st.sampled_from(("acme group", "ÀCME GROUP", "nobody"))),
    "nppesUpdatedOn": DATE_RANGES,
    "deactivatedOn": DATE_RANGES,
    "updatedAt": INSTANT_RANGES,
    "licenseExpires": EXPIRIES,
    "hasValidLicense": st.none() | st.booleans(),
    **{name: some(values) for name, values in PLACES.items()},
}


def nested(tests: dict[str, st.SearchStrategy[Any]], related: str) -> Callable[..., Any]:
    """Return how a filter is drawn: at most two tests and one combination of filters inside."""

    def draw_from(depth: int) -> st.SearchStrategy[Json]:
        leaf = st.dictionaries(st.sampled_from(sorted(tests)), st.none(), max_size=2).flatmap(
            lambda chosen: st.fixed_dictionaries({name: tests[name] for name in chosen})
        )
        if depth == 0:
            return leaf
        inner = draw_from(depth - 1)
        other = companies_filters if related == "company" else locations_filters
        more = st.fixed_dictionaries(
            {},
            optional={
                "and": st.lists(inner, max_size=2),
                "or": st.lists(inner, max_size=2),
                "not": inner,
                related: st.deferred(lambda: other(depth - 1)),
            },
        )
        return st.builds(lambda one, two: {**one, **two}, leaf, more)

    return draw_from


locations_filters = nested(LOCATION_TESTS, "company")
companies_filters = nested(COMPANY_TESTS, "hasLocation")


# ---- what a client's filter becomes

NESTED: Mapping[str, type] = {
    "name": NameMatch,
    "nppesUpdatedOn": DateRange,
    "deactivatedOn": DateRange,
    "updatedAt": DateTimeRange,
    "licenseExpires": DateRange,
    "hasLocation": LocationFilter,
    "company": CompanyFilter,
    "within": BoundingBox,
}


def built(type_: type, json: Json) -> Any:
    """Return the Strawberry input of a filter."""
    return type_(**{_attribute(name): _value(type_, name, value) for name, value in json.items()})


def _attribute(name: str) -> str:
    return name + "_" if name in {"and", "or", "not", "in", "from"} else to_snake_case(name)


def _value(type_: type, name: str, value: Any) -> Any:
    if name in {"and", "or"}:
        return [built(type_, each) for each in value]
    if name == "not":
        return built(type_, value)
    return built(NESTED[name], value) if name in NESTED and value is not None else value


# ---- the oracle


def fold(text: str) -> str:
    return "".join(map(folded, text))


def words(text: str) -> list[str]:
    return re.findall(r"(?:[a-z0-9]|[^\x00-\x7f])+", fold(text))


def given_as(json: Json, name: str) -> bool:
    return json.get(name) is not None


def place_fits(json: Json, row: Row) -> bool:
    zips = [zip_[:5] if zip_[0].isdigit() else zip_.strip() for zip_ in json.get("postalCode") or ()]
    return all(
        (
            not given_as(json, "state")
            or fold(row["state"] or "") in [fold(state.strip()) for state in json["state"]],
            not given_as(json, "city")
            or (row["city"] is not None and fold(row["city"]) in [fold(city) for city in json["city"]]),
            not given_as(json, "postalCode") or row["postal_code"] in zips,
        )
    )


def is_inside(box: Json, position: Any) -> bool:
    if position is None or not box["south"] <= position.y <= box["north"]:
        return False
    # Eastwards from the western edge; a pole has every longitude.
    width = box["east"] - box["west"] if box["east"] >= box["west"] else box["east"] - box["west"] + 360
    turns = (position.x + turn - box["west"] for turn in (-360, 0, 360))
    return abs(position.y) == 90 or any(-1e-9 <= far <= width + 1e-9 for far in turns)


def combined(json: Json, fits: Callable[[Json], bool]) -> bool:
    return (
        all(fits(inner) for inner in json.get("and") or ())
        and ("or" not in json or any(fits(inner) for inner in json["or"]))
        and not (given_as(json, "not") and fits(json["not"]))
    )


def location_fits(json: Json, row: Row, rows: Any) -> bool:
    owner = next(company for company in rows.companies if company["npi"] == row["npi"])
    return (
        (not given_as(json, "isActive") or row["is_active"] is json["isActive"])
        and (not given_as(json, "isPrimary") or row["is_primary"] is json["isPrimary"])
        and (not given_as(json, "kind") or row["kind"] in [kind.value for kind in json["kind"]])
        and (not given_as(json, "npi") or row["npi"] in json["npi"])
        and place_fits(json, row)
        and (not given_as(json, "within") or is_inside(json["within"], row["position"]))
        and days_fit(json.get("deactivatedOn") or {}, owner["deactivated_on"])
        and instants_fit(json.get("updatedAt") or {}, row["updated_at"])
        and (not given_as(json, "company") or company_fits(json["company"], owner, rows))
        and combined(json, lambda inner: location_fits(inner, row, rows))
    )


def company_fits(json: Json, row: Row, rows: Any) -> bool:
    own = [location for location in rows.locations if location["npi"] == row["npi"]]
    primary = [location for location in own if location["is_primary"]]
    place = {name: json[name] for name in ("state", "city", "postalCode") if given_as(json, name)}
    return (
        (not given_as(json, "isActive") or row["is_active"] is json["isActive"])
        and (not given_as(json, "npi") or row["npi"] in json["npi"])
        and (not given_as(json, "npiStatus") or row["npi_status"] in [each.value for each in json["npiStatus"]])
        and name_fits(json.get("name") or {}, fold(row["name"]))
        and ("search" not in json or search_fits(json["search"], row))
        and taxonomy_fits(json, row["taxonomy_codes"])
        and (not given_as(json, "parentName") or parent_fits(json["parentName"], row["parent_name"]))
        and days_fit(json.get("nppesUpdatedOn") or {}, row["nppes_updated_on"])
        and days_fit(json.get("deactivatedOn") or {}, row["deactivated_on"])
        and instants_fit(json.get("updatedAt") or {}, row["updated_at"])
        and licenses_fit(json, [each for each in rows.licenses if each["npi"] == row["npi"]])
        and (not place or any(place_fits(place, location) for location in primary))
        and (
            not given_as(json, "hasLocation")
            or any(location_fits(json["hasLocation"], location, rows) for location in own)
        )
        and combined(json, lambda inner: company_fits(inner, row, rows))
    )


def name_fits(json: Json, name: str) -> bool:
    start = fold(json.get("startsWith", ""))
    return (
        ("eq" not in json or name == fold(json["eq"]))
        and (not given_as(json, "in") or name in [fold(each) for each in json["in"]])
        # Without a letter or a digit it is no filter.
        and (not words(start) or name.startswith(start))
        and fold(json.get("contains", "")) in name
    )


def search_fits(text: str, row: Row) -> bool:
    every = [row["npi"], row["name"], *(other["name"] for other in row["other_names"])]
    had = [word for name in every for word in words(name)]
    # Initials stand for one word as well, see test_folding.py.
    had += re.findall("(?=(?:^| )((?:[a-z0-9] )+[a-z0-9])(?: |$))", " ".join(had))
    had = [word.replace(" ", "") for word in had]
    *whole, last = words(text) or [""]
    # A short word may be written as initials.
    return any(word.startswith(last) for word in had) and all(
        word in had or (len(word) <= 3 and word.isascii() and set(word) <= set(had)) for word in whole
    )


def taxonomy_fits(json: Json, codes: list[str]) -> bool:
    exact, begun = json.get("taxonomyCode"), json.get("taxonomyPrefix")
    begun = None if begun is None else [start.upper() for start in begun]
    return (exact is None or bool(set(exact) & set(codes))) and (
        begun is None or any(code.startswith(start) for code in codes for start in begun)
    )


def parent_fits(asked: list[str], parent: str | None) -> bool:
    return parent is not None and fold(parent) in [fold(each) for each in asked]


def days_fit(json: Json, day: date | None) -> bool:
    return not json or (day is not None and json.get("from", date.min) <= day <= json.get("to", date.max))


def instants_fit(json: Json, instant: datetime) -> bool:
    return ("from" not in json or instant >= json["from"]) and ("to" not in json or instant < json["to"])


def licenses_fit(json: Json, own: list[Row]) -> bool:
    days = json.get("licenseExpires") or {}
    expires = not days or any(days_fit(days, each["expires_on"]) for each in own)
    today = datetime.now(UTC).date()
    is_valid = any((each["issued_on"] or today) <= today <= each["expires_on"] for each in own)
    return expires and (not given_as(json, "hasValidLicense") or is_valid is json["hasValidLicense"])


# ---- the tests


async def companies_like(scratch: Any, json: Json) -> list[str]:
    condition = company_condition(built(CompanyFilter, json))
    page = await companies.page(scratch.database, condition, companies.BY_NAME, ALL)
    assert await companies.count(scratch.database, condition, 1000) == len(page.rows)
    return [row["npi"] for row in page.rows]


async def locations_like(scratch: Any, json: Json) -> list[Any]:
    condition = location_condition(built(LocationFilter, json))
    page = await locations.page(scratch.database, condition, locations.BY_COMPANY, ALL)
    assert await locations.count(scratch.database, condition, 1000) == len(page.rows)
    return [row["id"] for row in page.rows]


@settings(max_examples=120)
@given(data=st.data(), json=companies_filters(2))
async def test_companies_are_the_ones_that_fit(
    data: st.DataObject, json: Json, scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=8, max_locations=3))
    await scratch.fill(rows)
    found = await companies_like(scratch, json)
    assert sorted(found) == sorted(row["npi"] for row in rows.companies if company_fits(json, row, rows))


@settings(max_examples=80)
@given(data=st.data(), json=locations_filters(2))
async def test_locations_are_the_ones_that_fit(
    data: st.DataObject, json: Json, scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=6, max_locations=3))
    await scratch.fill(rows)
    found = await locations_like(scratch, json)
    assert sorted(found) == sorted(row["id"] for row in rows.locations if location_fits(json, row, rows))


@pytest.mark.parametrize("name", sorted(COMPANY_TESTS))
@settings(max_examples=8)
@given(data=st.data())
async def test_each_company_test_and_its_opposite(
    name: str, data: st.DataObject, scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=8, max_locations=2))
    json = {name: data.draw(COMPANY_TESTS[name])}
    await scratch.fill(rows)
    fits = {row["npi"] for row in rows.companies if company_fits(json, row, rows)}
    assert set(await companies_like(scratch, json)) == fits
    opposite = await companies_like(scratch, {"not": json})
    assert set(opposite) == {row["npi"] for row in rows.companies} - fits


@settings(max_examples=60)
@given(data=st.data(), json=locations_filters(1))
async def test_a_page_by_company_holds_the_company_s_locations_that_fit(
    data: st.DataObject, json: Json, scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=5, max_locations=4))
    await scratch.fill(rows)
    npis = [row["npi"] for row in rows.companies]
    condition = location_condition(built(LocationFilter, json))
    pages = await locations.page_by_company(scratch.database, npis, condition, locations.PRIMARY_FIRST, ALL)
    counts = await locations.count_by_company(scratch.database, npis, condition)
    for npi, page, number in zip(npis, pages, counts, strict=True):
        fit = [row["id"] for row in rows.locations if row["npi"] == npi and location_fits(json, row, rows)]
        assert sorted(row["id"] for row in page.rows) == sorted(fit)
        assert number == len(fit)


async def test_a_name_with_all_the_trigrams_of_a_part_need_not_contain_it(scratch: Any) -> None:
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses; INSERT INTO companies (npi, name, npi_status, source)"
        " VALUES ('1000000000', 'abc bcd', 'ACTIVE', 'NPPES'), ('1000000001', 'xabcdx', 'ACTIVE', 'NPPES')"
    )
    assert await companies_like(scratch, {"name": {"contains": "abcd"}}) == ["1000000001"]


async def test_a_company_with_many_fitting_locations_is_one_row(scratch: Any) -> None:
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses;"
        "INSERT INTO companies (npi, name, npi_status, source) VALUES ('1000000000', 'a', 'ACTIVE', 'NPPES');"
        "INSERT INTO locations (id, npi, kind, state, source)"
        " SELECT gen_random_uuid(), '1000000000', 'OTHER', 'TX', 'MANUAL' FROM generate_series(1, 10)"
    )
    assert await companies_like(scratch, {"hasLocation": {"state": ["TX"]}}) == ["1000000000"]
    condition = company_condition(built(CompanyFilter, {"hasLocation": {"state": ["TX"]}}))
    assert await companies.count(scratch.database, condition, 100) == 1


async def test_a_company_that_was_never_updated_is_in_no_range_of_days(scratch: Any) -> None:
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses; INSERT INTO companies (npi, name, npi_status, source, nppes_updated_on)"
        " VALUES ('1000000000', 'never', 'ACTIVE', 'NPPES', NULL), ('1000000001', 'once', 'ACTIVE', 'NPPES', '2020-01-01')"
    )
    for days in ({"from": date.min}, {"to": date.max}, {"from": date.min, "to": date.max}):
        assert await companies_like(scratch, {"nppesUpdatedOn": days}) == ["1000000001"]


async def test_a_count_stops_one_past_its_cap(scratch: Any) -> None:
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses; INSERT INTO companies (npi, name, npi_status, source)"
        " SELECT (1000000000 + number)::text, 'a', 'ACTIVE', 'NPPES' FROM generate_series(1, 9) AS number"
    )
    counts = [await companies.count(scratch.database, EVERYTHING, cap) for cap in (5, 8, 9, 10)]
    assert counts == [6, 9, 9, 9]


@pytest.mark.parametrize("table", [zips, zips.alias()])
def test_a_table_without_tests_is_not_taken_for_another(table: FromClause) -> None:
    with pytest.raises(KeyError, match="'zips'"):
        filters.where(("postal_code",), table)


def test_a_shape_is_the_same_for_other_values_and_holds_none() -> None:
    found = [filters.split(Group("not", (filters.Test("state", ([state],)),))) for state in ("TX", "FL")]
    assert found == [(("not", ("state",)), {"filter_0": [state]}) for state in ("TX", "FL")]
