"""A directory to ask questions of: the built-in sample with a few rows by hand, read by every test and changed by none."""


# ruff: noqa: E501 - tables keep a case on a line

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2
import orjson
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from db.embedded.valkey import valkey
from db.engine import Database, PoolOptions, connection_to
from db.reads import Read
from graph.app import create_app
from graph.context import Context
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.http.frames import Frames
from graph.http.reports import Report
from graph.http.uvicorn import Connection
from graph.identity.development_tokens import development_token
from graph.identity.viewer import Viewer
from graph.schema import core_schema
from graph.settings import Settings
from tests.conftest import copied, renamed
from tests.proxy import Proxy, proxying

_COPIES = itertools.count()

# Seconds that a server may take to start, or to stop, on a machine that others use too.
STARTING = STOPPING = 60

ROWS = Path(__file__).parents[1] / "operations" / "rows.sql"

# Who the tests are unless they say otherwise: contact details and bulk are theirs, a tax id is not.
READER = Viewer("reader", frozenset({"VIEWER", "PARTNER"}))

Answer = dict[str, Any]
Ask = Callable[..., Awaitable[Answer]]


@pytest.fixture(scope="session")
async def directory_url(postgresql_url: str, sample_url: str) -> str:
    """The URL of the sample with the rows by hand."""
    async with connection_to(sample_url) as connection:
        await connection.execute(ROWS.read_text(encoding="utf-8"))
        await connection.execute("ANALYZE")
    # A database that is in use can't be copied, so one is set aside.
    await copied(postgresql_url, "sample", "spare")
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
def runner() -> Runner:
    """What runs the tests' operations: compiled, at their first sight already."""
    return Runner(core_schema, Limits(aliases=100, cost=1_000_000, cost_anonymous=1_000_000), timeout=30, sights=1)


@pytest.fixture(scope="session")
def ask(directory: Database, runner: Runner) -> Ask:
    """Run an operation of the directory as the server does; its answer has the errors as clients see them."""

    async def run(text: str, variables: Mapping[str, Any] | None = None, viewer: Viewer = READER) -> Answer:
        prepared = runner.prepare(text, None, variables or {}, viewer)
        result = await runner.run(prepared, Context(directory))
        found: Answer = {"data": result.data}
        if result.errors:
            found = {"errors": [lasting(Report("").entry(error)) for error in result.errors], **found}
        return dict(orjson.loads(orjson.dumps(found)))

    return run


def bearer(role: str, companies: tuple[str, ...] = (), **settings_of_issuer: Any) -> str:
    """Return the Authorization header of somebody with a role."""
    return f"Bearer {development_token(issuing(**settings_of_issuer), role, companies)}"


@cache
def issuing(**settings: Any) -> Settings:
    """Settings under which tokens are made; reading them takes longer than making a token."""
    return Settings(_env_file=None, **settings)


def lasting(error: dict[str, Any]) -> dict[str, Any]:
    """Return an error without what differs from one request to the next."""
    kept = {name: value for name, value in error["extensions"].items() if name not in {"traceId", "timestamp"}}
    return {**error, "extensions": kept}


@dataclass(frozen=True)
class Server:
    """A running server, and how to ask it."""

    client: httpx2.Client
    process: uvicorn.Server

    def stop(self) -> None:
        """Tell the server to stop, as a signal does, and wait until it has heard of it."""
        self.process.should_exit = True
        while self.process.servers[0].sockets:
            time.sleep(0.01)

    def post(self, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx2.Response:
        """Send an operation."""
        body = json.dumps({"query": query, "variables": variables or {}})
        sent = {"content-type": "application/json", **headers}
        return self.client.post("/graphql", content=body, headers=sent)


class Prompt(uvicorn.Server):
    """A server that looks fifty times a second whether it shall stop, in place of ten: tests stop hundreds."""

    async def main_loop(self) -> None:
        """Wait for the end."""
        while not await self.on_tick(0):  # noqa: ASYNC110 - uvicorn sets nothing but a flag
            await asyncio.sleep(0.02)


@contextmanager
def serving(app: ASGIApp) -> Iterator[Server]:
    """Serve an application on a free loopback port for the life of the block."""
    config = uvicorn.Config(
        app, port=0, log_level="critical", ws=Frames, lifespan="on", http=Connection, proxy_headers=False
    )
    server = Prompt(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + STARTING
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server doesn't start"  # noqa: PT018
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield Server(client, server)
    finally:
        server.should_exit = True
        thread.join(STOPPING)
        assert not thread.is_alive(), "the server doesn't stop"


@pytest.fixture(scope="session")
def serve() -> Callable[[ASGIApp], AbstractContextManager[Server]]:
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


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of these tests."""
    with valkey(tmp_path_factory.mktemp("valkey")) as url:
        assert url is not None
        yield url


@pytest.fixture
async def sample_copy(postgresql_url: str, directory_url: str) -> str:
    """The URL of a copy of the directory, for a test that gets in its way."""
    name = f"copy_{next(_COPIES)}"
    await copied(directory_url, "spare", name)
    return renamed(postgresql_url, name)


@pytest.fixture
async def bare_url(postgresql_url: str) -> str:
    """The URL of a database that was never migrated."""
    name = f"bare_{next(_COPIES)}"
    await copied(postgresql_url, "template0", name)
    return renamed(postgresql_url, name)


@pytest.fixture
def cache_proxy(valkey_url: str) -> Iterator[Proxy]:
    """A proxy before the Valkey."""
    with proxying(Path(unquote(urlsplit(valkey_url).path))) as proxy:
        yield proxy


@pytest.fixture
def database_proxy(directory_url: str) -> Iterator[Proxy]:
    """A proxy before the PostgreSQL with the directory."""
    folder = parse_qs(urlsplit(directory_url).query)["host"][0]
    with proxying(Path(folder) / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def distant_url(directory_url: str, database_proxy: Proxy) -> str:
    """The directory's URL by way of the proxy."""
    parts = urlsplit(directory_url)
    return f"postgresql://{parts.username}@127.0.0.1:{database_proxy.port}{parts.path}?sslmode=disable"
