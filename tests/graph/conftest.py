"""A directory to ask questions of: the built-in sample with a few rows by hand, read by every test and changed by none."""


# ruff: noqa: E501 - tables keep a case on a line

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import orjson
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from db.engine import Database, PoolOptions, Read, connection_to
from graph import errors
from graph.app import create_app
from graph.context import Context
from graph.execution import reference
from graph.execution.operation import Documents, check_variables
from graph.schema import schema
from graph.settings import Settings

ROWS = Path(__file__).parents[1] / "operations" / "rows.sql"

Answer = dict[str, Any]
Ask = Callable[..., Awaitable[Answer]]


@pytest.fixture(scope="session")
async def directory_url(sample_url: str) -> str:
    """The URL of the sample with the rows by hand."""
    async with connection_to(sample_url) as connection:
        await connection.execute(ROWS.read_text(encoding="utf-8"))
        await connection.execute("ANALYZE")
    return sample_url


@pytest.fixture(scope="session")
def statements() -> list[Read]:
    """Every statement that `directory` has run, in order."""
    return []


@pytest.fixture(scope="session")
async def directory(directory_url: str, statements: list[Read]) -> AsyncIterator[Database]:
    """The directory over one connection, so that fields side by side batch alike in each run."""
    options = PoolOptions(size=1, timeout=10)
    async with Database.open(directory_url, options, observe=statements.append) as opened:
        yield opened


@pytest.fixture(scope="session")
def documents() -> Documents:
    """The documents that the tests' operations come from."""
    return Documents(schema._schema)


@pytest.fixture(scope="session")
def ask(directory: Database, documents: Documents) -> Ask:
    """Run an operation of the directory as the server does; its answer has the errors as clients see them."""

    async def run(text: str, variables: Mapping[str, Any] | None = None) -> Answer:
        operation = documents.operation(text, None)
        check_variables(schema._schema, operation, variables or {})
        result = await reference.run(schema._schema, operation, variables or {}, Context(directory))
        found: Answer = {"data": result.data}
        if result.errors:
            found = {"errors": [errors.formatted(error) for error in result.errors], **found}
        return dict(orjson.loads(orjson.dumps(found)))

    return run


@dataclass(frozen=True)
class Server:
    """A running server, and how to ask it."""

    client: httpx2.Client

    def post(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx2.Response:
        """Send an operation."""
        body = json.dumps({"query": query, "variables": variables or {}})
        sent = {"content-type": "application/json", **headers}
        return self.client.post("/graphql", content=body, headers=sent)


@contextmanager
def serving(app: Starlette) -> Iterator[Server]:
    """Serve an application on a free loopback port for the life of the block."""
    config = uvicorn.Config(app, port=0, log_level="critical", ws="none", lifespan="on")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server doesn't start"  # noqa: PT018
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield Server(client)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def serve() -> Callable[[Starlette], AbstractContextManager[Server]]:
    """Serve an application."""
    return serving


@pytest.fixture(scope="session")
def settings_for() -> Callable[..., Settings]:
    """Make settings for a database, whatever the environment says."""

    def make(url: str, **others: Any) -> Settings:
        return Settings(_env_file=None, database_url=SecretStr(url), redis_url=None, **others)

    return make


@pytest.fixture(scope="session")
def server(directory_url: str, settings_for: Callable[..., Settings]) -> Iterator[Server]:
    """The API over the directory, served over HTTP."""
    with serving(create_app(settings_for(directory_url))) as running:
        yield running
