"""Checks of PostgreSQL on a real one: away, far, too full, behind, and without what ends what hangs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from db.embedded import postgresql
from db.engine import connection_to
from db.oversight import server
from graph.doctor import database, sessions
from graph.doctor.checks import CHECKS
from tests.graph.doctor.conftest import NOWHERE, Find, fails, is_absent, is_ok, is_prevented, warns
from tests.proxy import Proxy, proxying

OF_DATABASE = [each.id for each in CHECKS if each.category == "database"]


async def run(url: str, *statements: str) -> None:
    async with connection_to(url) as connection:
        for each in statements:
            await connection.execute(each)


@asynccontextmanager
async def connections(url: str, count: int = 1) -> AsyncIterator[list[asyncpg.Connection]]:
    """Hold connections open for the life of the block."""
    opened = [await asyncpg.connect(url, server_settings={"application_name": "holder"}) for _ in range(count)]
    try:
        yield opened
    finally:
        for each in opened:
            each.terminate()


@pytest.fixture
def distance(database_url: str) -> Iterator[Proxy]:
    """A proxy before the PostgreSQL."""
    folder = parse_qs(urlsplit(database_url).query)["host"][0]
    with proxying(Path(folder) / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def distant_url(database_url: str, distance: Proxy) -> str:
    """The database's URL by way of the proxy."""
    parts = urlsplit(database_url)
    return f"postgresql://{parts.username}@127.0.0.1:{distance.port}{parts.path}?sslmode=disable"


@pytest.mark.parametrize(
    "id_", [name for name in OF_DATABASE if name not in {"database-reachable", "database-disk"}]
)
async def test_without_a_database_nothing_of_it_can_be_looked_at(find: Find, id_: str) -> None:
    if id_ != "database-timeouts":
        is_prevented(await find(id_), "no database is known")
    is_prevented(await find(id_, database_url=NOWHERE), "The database can't be reached")


async def test_a_database_that_is_away(find: Find) -> None:
    fails(await find("database-reachable"), "no `ariesone serve` runs on", "set DATABASE_URL")
    fails(await find("database-reachable", database_url=NOWHERE), "can't be reached", "mend DATABASE_URL")


async def test_an_embedded_database_that_is_away(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "find_served", lambda _: NOWHERE)
    found = await find("database-reachable")
    fails(found, "can't be reached", "Restart `ariesone serve`")
    assert "DATABASE_URL" not in (found.advice or "")


async def test_a_database_that_answers_and_one_that_is_far(
    find: Find, distant_url: str, distance: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        # However busy this machine is.
        patched.setattr(database, "FAR", 60.0)
        is_ok(await find("database-reachable", database_url=distant_url), "answers in")
    distance.heal(latency=0.03)
    warns(await find("database-reachable", database_url=distant_url), "answers in", "nearer")


@pytest.mark.slow
async def test_a_database_that_says_nothing_is_told_of_in_time(
    find: Find, distant_url: str, distance: Proxy
) -> None:
    distance.hold_back()
    async with asyncio.timeout(10):
        fails(await find("database-reachable", database_url=distant_url), "can't be reached")


async def test_versions(find: Find, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    is_ok(await find("database-version", database_url=database_url), "PostgreSQL ")
    monkeypatch.setattr(server, "OLDEST", 990000)
    fails(await find("database-version", database_url=database_url), "too old", "15 or newer")


async def test_a_database_that_was_never_migrated(find: Find, bare_url: str) -> None:
    fails(await find("database-migrations", database_url=bare_url), "is empty", "ariesone db upgrade")


async def test_a_database_that_is_behind_ahead_or_lacks_something(find: Find, database_url: str) -> None:
    is_ok(await find("database-migrations", database_url=database_url))
    await run(database_url, "UPDATE alembic_version SET version_num = '0001'")
    fails(await find("database-migrations", database_url=database_url), "it is at 0001, behind", "db upgrade")
    await run(database_url, "UPDATE alembic_version SET version_num = '9999'")
    warns(await find("database-migrations", database_url=database_url), "doesn't know")
    await run(database_url, "ALTER TABLE companies RENAME COLUMN website TO site")
    fails(await find("database-migrations", database_url=database_url), "lacks companies.website")


async def test_connections_that_are_nearly_all_in_use(find: Find, database_url: str) -> None:
    is_ok(await find("database-connections", database_url=database_url), "are in use")
    name = urlsplit(database_url).path.strip("/")
    async with connections(database_url, 4):
        await run(database_url, f"ALTER DATABASE {name} CONNECTION LIMIT 6")
        warns(await find("database-connections", database_url=database_url), "5 of 6 connections of the database")
        await run(database_url, f"ALTER DATABASE {name} CONNECTION LIMIT 5")
        fails(await find("database-connections", database_url=database_url), "5 of 5", "raise max_connections")


async def test_pools_that_do_not_fit(find: Find, database_url: str) -> None:
    is_ok(await find("database-pool", database_url=database_url), "1 x 34 connections at most")
    warns(await find("database-pool", database_url=database_url, workers=4), "4 x 34", "PgBouncer")
    is_absent(await find("database-pool", database_url=database_url, database_pgbouncer=True), "PgBouncer")


async def test_what_hangs_without_an_end(find: Find, database_url: str) -> None:
    warns(
        await find("database-timeouts", database_url=database_url), "idle_in_transaction_session_timeout: not set"
    )
    name = urlsplit(database_url).path.strip("/")
    await run(database_url, f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '10min'")
    is_ok(await find("database-timeouts", database_url=database_url), "600 s")
    behind = await find("database-timeouts", database_url=database_url, database_pgbouncer=True)
    warns(behind, "statement_timeout, lock_timeout: not set", "ALTER ROLE")
    is_absent(await find("database-timeouts"), "embedded")


async def test_a_server_that_logs_nothing_slow(find: Find, database_url: str) -> None:
    is_ok(await find("database-log", database_url=database_url), "more than 1 s")
    name = urlsplit(database_url).path.strip("/")
    await run(database_url, f"ALTER DATABASE {name} SET log_min_duration_statement = -1")
    warns(await find("database-log", database_url=database_url), "is off", "pg_reload_conf")


@pytest.mark.parametrize("name", ["log_parameter_max_length", "log_parameter_max_length_on_error"])
async def test_a_server_that_logs_what_statements_were_given(find: Find, database_url: str, name: str) -> None:
    database = urlsplit(database_url).path.strip("/")
    await run(database_url, f"ALTER DATABASE {database} SET {name} = 40")
    warns(
        await find("database-log", database_url=database_url), f"{name}: values of statements", f"SET {name} = 0"
    )


async def test_statements_that_run_for_long(
    find: Find, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LONG", 0.05)
    is_ok(await find("database-long", database_url=database_url))
    async with connections(database_url) as [holder]:
        pid = holder.get_server_pid()
        running = asyncio.ensure_future(holder.execute("SELECT pg_sleep(60)"))
        await asyncio.sleep(0.2)
        warns(
            await find("database-long", database_url=database_url),
            f"session {pid} (holder) has been running for",
            str(pid),
        )
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_sessions_that_wait_for_each_other_and_who_makes_them(
    find: Find, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "BLOCKED", 0.05)
    monkeypatch.setattr(sessions, "IDLE", 0.05)
    for id_ in ("database-blocked", "database-idle"):
        is_ok(await find(id_, database_url=database_url))
    async with connections(database_url, 2) as [holder, waiter]:
        await holder.execute("BEGIN; LOCK TABLE companies")
        waiting = asyncio.ensure_future(waiter.execute("SELECT * FROM companies"))
        await asyncio.sleep(0.2)
        blocked = await find("database-blocked", database_url=database_url)
        warns(
            blocked,
            f"session {waiter.get_server_pid()} (holder) has waited for",
            f"pg_terminate_backend({holder.get_server_pid()})",
        )
        idle = await find("database-idle", database_url=database_url)
        warns(idle, f"session {holder.get_server_pid()} (holder) has been idle", "pg_terminate_backend")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_role_that_may_not_look_says_so(
    find: Find, new_database_url: Callable[[], Awaitable[str]]
) -> None:
    """Nobody is told that all is well who may not see whether it is."""
    url = await new_database_url()
    await run(url, "CREATE ROLE stranger LOGIN")
    try:
        outcome = await find("database-migrations", database_url=url.replace("ariesone@", "stranger@"))
        is_prevented(outcome, "may not look")
        async with connections(url):
            for id_ in ("database-long", "database-blocked", "database-idle"):
                found = await find(id_, database_url=url.replace("ariesone@", "stranger@"))
                is_prevented(found, "1 sessions are of other roles: GRANT pg_read_all_stats")
    finally:
        await run(url, "DROP ROLE stranger")
