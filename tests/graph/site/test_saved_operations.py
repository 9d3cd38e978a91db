"""The operations that GraphiQL offers: those of tests/operations, by who asks them, printed into one file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from graph.execution.bounds import Limits
from graph.execution.document import Documents
from graph.execution.facts import facts_of
from graph.identity.viewer import ROLES
from graph.schema import core_schema
from graph.site.graphiql.ide import OWN

OPERATIONS = Path(__file__).parents[2] / "operations"
CATALOGUE = json.loads((OPERATIONS / "catalogue.json").read_text(encoding="utf-8"))
PRINTED = OWN / "operations.json"


def printed() -> list[dict[str, Any]]:
    """Return the groups as the page reads them."""
    return [
        {"readers": readers, "operations": [describe(name) for name in names]}
        for readers, names in CATALOGUE["groups"].items()
    ]


def describe(name: str) -> dict[str, Any]:
    """Return one operation: what it is for, its text, variables for any directory, and whose it is to run."""
    text = (OPERATIONS / name / "question.graphql").read_text(encoding="utf-8")
    file = OPERATIONS / name / "variables.json"
    tested = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    variables = {**tested, **CATALOGUE["variables"].get(name, {})}
    title, _, query = text.partition("\n")
    found = {"name": name, "title": title.removeprefix("# "), "query": query, "variables": variables}
    return {**found, "roles": roles_for(query, tested)}


def roles_for(query: str, variables: dict[str, Any]) -> list[str]:
    """Return the roles each of which may ask for all of it; none where everyone may."""
    [operation] = Documents(facts_of(core_schema), Limits()).operations(query)
    if not operation.needs.refused(frozenset(), variables):
        return []
    return sorted(role for role in ROLES if not operation.needs.refused(frozenset({role}), variables))


def test_what_the_page_reads_is_what_the_tests_ask(request: pytest.FixtureRequest) -> None:
    found = json.dumps(printed(), indent=1, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-snapshots"):
        PRINTED.write_text(found, encoding="utf-8")
    assert found == PRINTED.read_text(encoding="utf-8"), "--update-snapshots answers"


def test_every_operation_stands_in_the_catalogue_once() -> None:
    listed = [name for names in CATALOGUE["groups"].values() for name in names] + list(CATALOGUE["left out"])
    assert sorted(listed) == sorted(path.parent.name for path in OPERATIONS.glob("*/question.graphql"))
    assert set(CATALOGUE["variables"]) <= set(listed)


def test_no_number_of_the_tests_is_offered() -> None:
    for group in printed():
        for operation in group["operations"]:
            assert not re.findall(r"29999999\d\d", json.dumps(operation["variables"])), operation["name"]
