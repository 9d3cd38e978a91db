"""What people ask of the API: each operation beside its answer and the SQL that it cost."""

import json
import re
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, Visitor, VisitorAction, parse, visit

from db.reads import Read
from graph.telemetry.metrics import EXECUTIONS

OPERATIONS = Path(__file__).parents[1] / "operations"
FOLDERS = sorted(path.parent for path in OPERATIONS.glob("*/question.graphql"))

# A clause starts a line, so that a changed statement is a small diff.
CLAUSE = re.compile(r" (?=(?:FROM|WHERE|ORDER BY|GROUP BY|LIMIT|UNION ALL|JOIN)\b)")

Ask = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Operation:
    """A folder of tests/operations."""

    folder: Path

    @property
    def text(self) -> str:
        return (self.folder / "question.graphql").read_text(encoding="utf-8")

    @property
    def variables(self) -> dict[str, Any]:
        file = self.folder / "variables.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def operation(request: pytest.FixtureRequest) -> Operation:
    return Operation(request.param)


@pytest.fixture
def updated(request: pytest.FixtureRequest) -> str | None:
    """Return what --update-snapshots says: None, "sql" or "answers"."""
    found: str | None = request.config.getoption("--update-snapshots")
    return found


@pytest.fixture
def cost(ask: Ask, statements: list[Read]) -> Callable[..., Awaitable[tuple[dict[str, Any], list[str]]]]:
    """Run an operation; return its answer and the texts of its statements, sorted: fields run side by side."""

    async def run(operation: Operation, variables: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        before = len(statements)
        answer = await ask(operation.text, variables)
        return answer, sorted(read.text for read in statements[before:])

    return run


async def test_answer_and_statements_are_the_ones_beside_the_question(
    operation: Operation, cost: Callable[..., Awaitable[Any]], updated: str | None
) -> None:
    answer, texts = await cost(operation, operation.variables)
    found = json.dumps(rounded(answer), indent=2, ensure_ascii=False) + "\n"
    sql = "\n".join(pretty(text) for text in texts)
    if updated == "answers":
        (operation.folder / "answer.json").write_text(found, encoding="utf-8")
    if updated:
        (operation.folder / "statements.sql").write_text(sql, encoding="utf-8")
    assert found == (operation.folder / "answer.json").read_text(encoding="utf-8"), "--update-snapshots answers"
    assert sql == (operation.folder / "statements.sql").read_text(encoding="utf-8"), "--update-snapshots sql"


async def test_no_operation_is_left_to_graphql_core(
    operation: Operation, cost: Callable[..., Awaitable[Any]]
) -> None:
    if "__type" in operation.text.replace("__typename", ""):
        return  # introspection reads no rows
    before = EXECUTIONS["graphql-core"].value
    await cost(operation, operation.variables)
    assert EXECUTIONS["graphql-core"].value == before


async def test_number_of_statements_does_not_depend_on_the_number_of_rows(
    operation: Operation, cost: Callable[..., Awaitable[Any]]
) -> None:
    sizes = [resized(operation.variables, size) for size in (2, 50)]
    if sizes[0] == sizes[1]:
        assert "[" not in operation.text.partition("{")[0], "a list without a variable for its size"
        return
    few, many = [await cost(operation, variables) for variables in sizes]
    assert few[1] == many[1]


def test_every_page_has_a_size_of_its_own(operation: Operation) -> None:
    """Else the test above would run the same page twice."""
    assert "$first" in operation.text or "$last" in operation.text or not wide(operation.text)


def test_three_kinds_of_people_are_asked_for() -> None:
    assert len(FOLDERS) >= 28


def rounded(answer: Any) -> Any:
    """Return an answer without the last digits of its floats, which depend on the machine's libm."""
    return json.loads(json.dumps(answer), parse_float=lambda text: round(float(text), 6))


def resized(variables: dict[str, Any], size: int) -> dict[str, Any]:
    """Return variables that ask for a number of rows, by page or by a list of keys."""
    sized = dict(variables)
    for name, value in variables.items():
        if name in {"first", "last", "places", "others"}:
            sized[name] = size
        if name in {"npis", "ids"}:
            sized[name] = value[:2] if size == 2 else value
    return sized


def wide(text: str) -> bool:
    """Return whether some connection of an operation reads more than one row for each parent."""
    sizes: list[str] = []

    class Connections(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> VisitorAction:
            if node.name.value in {"companies", "locations"} and {"nodes", "edges"} & selected(node):
                sizes.extend(
                    getattr(argument.value, "value", "")
                    for argument in node.arguments or ()
                    if argument.name.value in {"first", "last"}
                )
            return None

    visit(parse(text), Connections())
    return any(size not in {"0", "1"} for size in sizes)


def selected(node: FieldNode) -> set[str]:
    """Return the names of the fields that are selected right under a field."""
    chosen = node.selection_set.selections if node.selection_set else ()
    return {each.name.value for each in chosen if isinstance(each, FieldNode)}


def pretty(text: str) -> str:
    """Return a statement with its whitespace normalised, a clause a line."""
    lines = CLAUSE.split(" ".join(text.split()))
    return (
        "\n".join(
            part
            for line in lines
            for part in textwrap.wrap(
                line, 110, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
        )
        + ";\n"
    )
