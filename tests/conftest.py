"""The servers and directories that tests share: a real PostgreSQL, and databases copied from a template."""

import asyncio
import gc
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from db import migrations
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.nppes.sample_load import load_sample
from db.reads import Read

_NUMBERS = itertools.count()

# What is collected stays to the end: looked through again and again, it took 6 s of 14.
gc.disable()

# How long an example takes says more of what else runs on the machine than of the code.
settings.register_profile(
    "shared",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("shared")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that rewrite what tests compare with: answers, the table of folding."""
    parser.addoption(
        "--update-snapshots",
        choices=("sql", "answers"),
        help="rewrite the statements of tests/operations, or the answers and the statements",
    )
    parser.addoption("--update-folding", action="store_true", help="write db/folding.txt anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the test that takes a minute or two: begun last, it would have all processes wait for one."""
    items.sort(key=lambda item: "ways" not in item.path.parts)


def pytest_collection_finish() -> None:
    """Have the collector pass over what stays to the end: modules and tests, a third of a second each time."""
    gc.freeze()
    gc.enable()


def renamed(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    before, _, query = url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{query}"


async def copied(url: str, template: str, name: str) -> None:
    """Make a database as a copy of another; 16 ms."""
    connection = await asyncpg.connect(renamed(url, "postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this test run."""
    with postgresql(tmp_path_factory.mktemp("servers"), durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def template(postgresql_url: str) -> str:
    """The name of an empty, migrated database to copy."""
    migrations.upgrade(postgresql_url)
    asyncio.run(copied(postgresql_url, "ariesone", "migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def new_database_url(postgresql_url: str, template: str) -> Callable[[], Awaitable[str]]:
    """Make an empty, migrated database, and return its URL."""

    async def make() -> str:
        name = f"test_{next(_NUMBERS)}"
        await copied(postgresql_url, template, name)
        return renamed(postgresql_url, name)

    return make


@pytest.fixture
async def database_url(new_database_url: Callable[[], Awaitable[str]]) -> str:
    """The URL of an empty, migrated database of one test's own."""
    return await new_database_url()


@pytest.fixture
def reads() -> list[Read]:
    """The statements that `database` ran, in order."""
    return []


@pytest.fixture
async def database(database_url: str, reads: list[Read]) -> AsyncIterator[Database]:
    """An open, empty database."""
    async with Database.open(database_url, observe=reads.append) as opened:
        yield opened


@pytest.fixture(scope="session")
async def sample_url(postgresql_url: str, template: str) -> str:
    """The URL of a database with a sample of 300 companies, the same in every run."""
    await copied(postgresql_url, template, "sample")
    url = renamed(postgresql_url, "sample")
    async with connection_to(url) as connection:
        await load_sample(connection, companies=300, seed=7)
    return url


@pytest.fixture(scope="session")
async def newcomers_template(postgresql_url: str, template: str) -> str:
    """The name of a database with the sample that an empty folder starts with, to copy."""
    name = "newcomer_template"
    await copied(postgresql_url, template, name)
    async with connection_to(renamed(postgresql_url, name)) as connection:
        await load_sample(connection)
        await connection.execute("ANALYZE")
    return name


@pytest.fixture(scope="session")
async def newcomers_url(postgresql_url: str, newcomers_template: str) -> str:
    """The URL of a newcomer's sample that nobody changes."""
    await copied(postgresql_url, newcomers_template, "newcomer")
    return renamed(postgresql_url, "newcomer")
