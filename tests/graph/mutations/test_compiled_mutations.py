"""Mutations that come back are compiled, and answered as those that are interpreted."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from db.engine import Database
from graph.context import Context
from graph.execution.bounds import Limits
from graph.execution.explain import Explanation
from graph.execution.run import Runner
from graph.http.reports import Report
from graph.schema import core_schema
from tests.graph.conftest import lasting
from tests.graph.mutations.conftest import EDITOR

# Each is only tried, so that it can be tried again.
TRIED = {
    "what is written": """
        updateCompany(input: {npi: "2999999909", website: "https://a.example"}, validateOnly: true) {
          __typename company { id website version isActive } userErrors { code }
        }
    """,
    "what can't be": """
        updateCompany(input: {npi: "2999999909", name: "No", ifVersion: 1}, validateOnly: true) {
          company { name } userErrors { code message field currentVersion differing }
        }
    """,
    "what is refused": """
        updateCompany(input: {npi: "2999999909", taxId: "12-3456789"}, validateOnly: true) { company { npi } }
    """,
    "what may not be shown": """
        setCompanyActive(input: {npi: "2999999909", isActive: false}, validateOnly: true) {
          company { taxId isActive history(first: 1, after: "x") { nodes { kind } } }
        }
    """,
    "what lies below": """
        addLocation(
          input: {npi: "2999999925", address: {line1: "1 A St", city: "Austin", state: "TX", postalCode: "78701"}}
          validateOnly: true
        ) {
          location { kind isPrimary address { formatted } }
          company { name locations(first: 5) { totalCount { value } nodes { address { line1 } company { npi } } } }
        }
    """,
    "several": """
        one: updateCompany(input: {npi: "2999999909", website: null}, validateOnly: true) { company { website } }
        __typename
        two: updateCompany(input: {npi: "2999999909", website: "a b"}, validateOnly: true) { userErrors { code } }
    """,
}


@pytest.mark.parametrize("what", TRIED)
@pytest.mark.parametrize("directive", ["", "@atomic"])
async def test_both_ways_answer_alike(written: Database, what: str, directive: str) -> None:
    text = f"mutation {directive} {{ {TRIED[what]} }}"

    async def answer(sights: int, executor: str) -> Any:
        runner = Runner(core_schema, Limits(), timeout=30, sights=sights)
        prepared = replace(runner.prepare(text, None, {}, EDITOR), key="tried")
        explanation = Explanation()
        result = await runner.run(prepared, Context(written, explanation=explanation))
        assert explanation.executor == executor
        return [orjson.dumps(result.data), *(lasting(Report("").entry(each)) for each in result.errors or ())]

    assert await answer(1, "compiled") == await answer(10**9, "interpreted")
