"""A directory that mutations may change, and who changes it."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from db.engine import Database
from db.reads import Read
from graph.cache.follower import Follower
from graph.cache.reading import Reading
from graph.context import Context
from graph.events.webhooks.checker import Checker
from graph.events.webhooks.courier import Courier
from graph.events.webhooks.names import Names
from graph.execution.run import Runner
from graph.http.reports import Report
from graph.identity.viewer import Viewer
from graph.vault import Vault
from tests.graph.conftest import lasting

# Two companies of the directory that is read by every test.
OBRIEN, BY_HAND, HOLZER = "2999999909", "2999999925", "2999999941"

EDITOR = Viewer("editor", frozenset({"EDITOR"}), frozenset({OBRIEN, BY_HAND}), issuer="https://issuer.example")
ADMIN = Viewer("admin", frozenset({"ADMIN"}))

# What secrets of webhooks are sealed with.
KEY = base64.b64encode(bytes(range(32))).decode()

Mutate = Callable[..., Awaitable[Any]]


@pytest.fixture
def run_statements() -> list[Read]:
    """Every statement that `written` has run, in order."""
    return []


@pytest.fixture
async def written(sample_copy: str, run_statements: list[Read]) -> AsyncIterator[Database]:
    """A directory of one's own."""
    async with Database.open(sample_copy, observe=run_statements.append) as database:
        yield database


@pytest.fixture
def mutate(written: Database, runner: Runner) -> Mutate:
    """Run an operation as somebody; its answer has errors and extensions as clients see them."""

    async def run(
        text: str,
        variables: Mapping[str, Any] | None = None,
        viewer: Viewer = EDITOR,
        key: str | None = None,
    ) -> Any:
        prepared = replace(runner.prepare(text, None, variables or {}, viewer), key=key)
        result = await runner.run(prepared, Context(written))
        found: dict[str, Any] = {"data": result.data}
        if result.errors:
            found["errors"] = [lasting(Report("").entry(error)) for error in result.errors]
        if result.extensions:
            found["extensions"] = result.extensions
        return orjson.loads(orjson.dumps(found))

    return run


@pytest.fixture
async def checker(runner: Runner) -> AsyncIterator[Checker]:
    """What judges webhooks as a server in production does."""
    courier = Courier(Names().addresses_of, is_open=True)
    runner.webhooks = found = Checker(runner, Reading(Follower()), Vault(KEY), courier, is_open=False)
    yield found
    runner.webhooks = None
    await courier.close()


@pytest.fixture
def open_checker(checker: Checker, monkeypatch: pytest.MonkeyPatch) -> Checker:
    """The same as where one develops: events may be sent to this machine."""
    monkeypatch.setattr(checker, "_is_open", True)
    return checker
