"""Counts of facets against an oracle in plain Python, over small random directories."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import companies
from db.facet_counts import KINDS
from db.filters import EVERYTHING
from graph.types.filters import CompanyFilter, company_condition
from tests.db.folding_rule import folded
from tests.db.test_filters import Json, Row, built, companies_filters, company_fits

FILTER_OF = {"state": "state", "taxonomy": "taxonomyCode", "status": "npiStatus"}


def values_of(company: Row, rows: Any) -> Iterator[tuple[str, str]]:
    """The kinds and values that a company counts for."""
    yield "status", company["npi_status"]
    yield from (("taxonomy", code) for code in dict.fromkeys(company["taxonomy_codes"]))
    for place in rows.locations:
        if place["npi"] == company["npi"] and place["is_primary"] and place["state"]:
            state = place["state"] if place["country"] == "US" else "".join(map(folded, place["state"]))
            yield "state", state.upper() if len(state) == 2 else state


def expected(json: Json, rows: Any) -> dict[str, list[tuple[str, int, str]]]:
    fitting = [row for row in rows.companies if company_fits(json, row, rows)]
    counts = Counter(each for row in fitting for each in values_of(row, rows))
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0][1]))
    return {kind: [(value, n, "EXACT") for (of, value), n in ordered if of == kind] for kind in KINDS}


def told(facets: dict[str, list[companies.FacetCount]]) -> dict[str, list[tuple[str, int, str]]]:
    return {
        kind: [(row["value"], row["count"], row["precision"]) for row in rows] for kind, rows in facets.items()
    }


@settings(max_examples=60)
@given(data=st.data(), jsons=st.lists(companies_filters(2), min_size=1, max_size=3))
async def test_facets_are_those_of_the_companies_that_fit(
    data: st.DataObject, jsons: list[Json], scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=8, max_locations=3))
    await scratch.fill(rows)
    conditions = [company_condition(built(CompanyFilter, json)) for json in jsons]
    found = await companies.facets_of_each(scratch.database, conditions, list(KINDS), 100, 100)
    assert [told(each) for each in found] == [expected(json, rows) for json in jsons]


@settings(max_examples=20)
@given(data=st.data(), json=companies_filters(1))
async def test_a_value_narrows_the_list_to_as_many_as_it_counts(
    data: st.DataObject, json: Json, scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=8, max_locations=2))
    await scratch.fill(rows)
    condition = company_condition(built(CompanyFilter, json))
    [facets] = await companies.facets_of_each(scratch.database, [condition], list(KINDS), 100, 100)
    for kind, found in told(facets).items():
        for value, number, _ in found:
            narrowed = built(CompanyFilter, {"and": [json, {FILTER_OF[kind]: [value]}]})
            assert await companies.count(scratch.database, company_condition(narrowed), 100) == number


@pytest.mark.parametrize(("cap", "found"), [(9, (9, "EXACT")), (8, (9, "AT_LEAST")), (5, (6, "AT_LEAST"))])
async def test_beyond_the_cap_counts_are_the_least_that_there_are(
    scratch: Any, cap: int, found: tuple[int, str]
) -> None:
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses; INSERT INTO companies (npi, name, npi_status, source)"
        " SELECT (1000000000 + number)::text, 'a', 'ACTIVE', 'NPPES' FROM generate_series(1, 9) AS number"
    )
    [facets] = await companies.facets_of_each(scratch.database, [EVERYTHING], ["status"], cap, 100)
    assert told(facets) == {"status": [("ACTIVE", *found)]}


async def test_no_more_values_are_told_than_are_asked_for(scratch: Any) -> None:
    await scratch.writer.execute(
        "TRUNCATE companies, locations, licenses;"
        "INSERT INTO companies (npi, name, npi_status, taxonomy_codes, source)"
        " SELECT (1000000000 + number)::text, 'a', 'ACTIVE', ARRAY['A', 'B' || number / 2, 'C' || number], 'NPPES'"
        " FROM generate_series(1, 9) AS number"
    )
    [facets] = await companies.facets_of_each(scratch.database, [EVERYTHING], ["taxonomy"], 100, 3)
    assert [row["value"] for row in facets["taxonomy"]] == ["A", "B1", "B2"]
