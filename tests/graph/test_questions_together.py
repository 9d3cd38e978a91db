"""The operations of tests/operations with several sets of variables: each set is answered as it is alone."""

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
from tests.graph.test_operations import FOLDERS, Operation

SETS = 4


def ignore(_: Callable[[], None]) -> None:
    """Nobody leaves."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
async def test_each_set_is_answered_as_it_is_alone_and_by_no_more_statements(
    folder: Path, runner: Runner, directory: Database, statements: list[Read]
) -> None:
    question = Operation(folder)
    operation = runner.find(question.text, None)

    async def ask(sets: int) -> tuple[list[Any], int]:
        """The answers to so many sets, and how many statements they took."""
        prepared = [runner.bind(operation, question.variables, READER) for _ in range(sets)]
        before = len(statements)
        results = await runner.run_each(prepared, Context(directory), ignore)
        told = [
            {"data": each.data, "errors": [lasting(Report("").entry(error)) for error in each.errors or ()]}
            for each in results
        ]
        return orjson.loads(orjson.dumps(told)), len(statements) - before

    alone, few = await ask(1)
    together, many = await ask(SETS)
    assert together == alone * SETS
    assert many == few
