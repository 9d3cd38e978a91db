"""The operations of tests/operations with several sets of variables: each is answered as beside its question."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from db.engine import Database
from db.reads import Read
from graph.context import Context
from graph.execution.run import Runner
from graph.http.reports import Report
from tests.graph.conftest import READER, lasting
from tests.graph.test_operations import FOLDERS, Operation, rounded


def ignore(_: Callable[[], None]) -> None:
    """Nobody leaves."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
async def test_each_set_is_answered_by_the_same_statements(
    folder: Path, runner: Runner, directory: Database, statements: list[Read]
) -> None:
    question = Operation(folder)
    operation = runner.find(question.text, None)
    counts = []
    for sets in (1, 4):
        prepared = [runner.bind(operation, question.variables, READER) for _ in range(sets)]
        before = len(statements)
        results = await runner.run_each(prepared, Context(directory), ignore)
        counts.append(len(statements) - before)
        for result in results:
            found: dict[str, Any] = {"data": result.data}
            if result.errors:
                found = {"errors": [lasting(Report("").entry(error)) for error in result.errors], **found}
            answer = orjson.loads((folder / "answer.json").read_bytes())
            assert rounded(orjson.loads(orjson.dumps(found))) == answer
    assert counts[0] == counts[1]
