"""The database: reads, transactions, and what is told when it is out of reach."""

# ruff: noqa: PT012 - a transaction that fails is a block

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from sqlalchemy import text

from db import companies, engine
from db.engine import Database, PoolOptions, connection_to
from db.failures import DatabaseUnavailableError, StatementTimeoutError
from db.filters import EVERYTHING
from db.pages import Window
from db.reads import Read
from db.statement import compiled

ONE = compiled(text("SELECT 1 AS one"))
SLEEP = compiled(text("SELECT pg_sleep(5)"))
BACKEND = compiled(text("SELECT pg_backend_pid() AS pid"))
INSERT = "INSERT INTO companies (npi, name, npi_status, source) VALUES ('1000000001', 'a', 'ACTIVE', 'NPPES')"


@pytest.fixture(params=[False, True], ids=["direct", "pgbouncer"])
async def either(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    """A database with and without what PgBouncer asks for."""
    async with Database.open(database_url, PoolOptions(pgbouncer=request.param)) as opened:
        yield opened


async def number_of_companies(database: Database) -> int:
    return await companies.count(database, EVERYTHING, 100)


async def test_a_transaction_commits_at_its_end(either: Database) -> None:
    async with either.transaction() as connection:
        await connection.read(compiled(text(INSERT)))
        assert await number_of_companies(either) == 0
    assert await number_of_companies(either) == 1


async def test_a_transaction_is_rolled_back_by_any_exception(either: Database) -> None:
    with pytest.raises(RuntimeError):
        async with either.transaction() as connection:
            await connection.read(compiled(text(INSERT)))
            raise RuntimeError
    assert await number_of_companies(either) == 0


async def test_an_error_of_the_statement_is_not_taken_for_an_absent_server(either: Database) -> None:
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await either.read(compiled(text("SELECT nonsense nonsense nonsense")))
    with pytest.raises(Exception, match="companies_pkey"):
        async with either.transaction() as connection:
            await connection.read(compiled(text(INSERT)))
            await connection.read(compiled(text(INSERT)))


async def test_json_arrives_as_python(either: Database) -> None:
    [row] = await either.read(compiled(text("SELECT '[{\"a\": null}]'::jsonb AS json")))
    assert row["json"] == [{"a": None}]


async def test_reads_reuse_their_connection(either: Database) -> None:
    pids = {(await either.read(BACKEND))[0]["pid"] for _ in range(5)}
    assert len(pids) == 1


async def test_every_read_is_observed(database: Database, reads: list[Read]) -> None:
    await companies.page(database, EVERYTHING, companies.BY_NAME, Window(5, None))
    await database.read(ONE)
    assert [(read.text.split()[0], read.rows) for read in reads] == [("SELECT", 0), ("SELECT", 1)]
    assert all(0 < read.seconds < 5 for read in reads)


async def test_no_free_connection_is_told_in_time(database_url: str) -> None:
    async with Database.open(database_url, PoolOptions(size=1, max_overflow=1, timeout=0.2)) as database:
        busy = asyncio.create_task(database.read(SLEEP))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailableError):
            await database.read(ONE)
        async with database.transaction() as connection:
            await connection.read(ONE)
            with pytest.raises(DatabaseUnavailableError):
                async with database.transaction():
                    pass
        assert time.monotonic() - started < 4
        busy.cancel()
        await asyncio.wait([busy])
        assert await database.read(ONE)


async def test_a_statement_that_takes_too_long_is_given_up(database_url: str) -> None:
    async with Database.open(database_url, PoolOptions(size=1, statement_timeout=0.3)) as database:
        started = time.monotonic()
        with pytest.raises((DatabaseUnavailableError, StatementTimeoutError)):
            await database.read(SLEEP)
        assert time.monotonic() - started < 4
        assert await database.read(ONE)


@pytest.fixture
def closed_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize("port", ["closed_port", "silent_port"])
async def test_a_server_out_of_reach_is_told_within_seconds(port: str, request: pytest.FixtureRequest) -> None:
    url = f"postgresql://nobody@127.0.0.1:{request.getfixturevalue(port)}/nothing"
    options = PoolOptions(timeout=5)
    async with Database.open(url, options) as database:
        started = time.monotonic()

        async def transact() -> None:
            async with database.transaction() as connection:
                await connection.read(ONE)

        async def connect() -> None:
            async with connection_to(url):
                pass

        found = await asyncio.gather(database.read(ONE), transact(), connect(), return_exceptions=True)
        assert [type(each) for each in found] == [DatabaseUnavailableError] * 3
        assert time.monotonic() - started < 30
        # What happened is told: a deadline that passed has no words of its own.
        assert not [str(each) for each in found if str(each).rstrip().endswith(":")]


async def test_a_database_that_does_not_exist_is_told(database_url: str) -> None:
    url = database_url.replace("/test_", "/absent_")
    async with Database.open(url) as database:
        with pytest.raises((DatabaseUnavailableError, asyncpg.InvalidCatalogNameError)):
            await database.read(ONE)


@pytest.mark.parametrize("pgbouncer", [False, True])
async def test_what_is_opened_beforehand_sets_nothing_in_a_session_of_pgbouncer(
    database_url: str, *, pgbouncer: bool
) -> None:
    async with Database.open(database_url, PoolOptions(pgbouncer=pgbouncer)) as database:
        await database.warm()
        modes = [
            await connection.fetchval("SHOW plan_cache_mode")
            for idle in database._reads._idle.values()
            for connection in idle
        ]
    other = "auto" if pgbouncer else "force_generic_plan"
    assert sorted(modes) == ["auto", "auto", other, other]


NAP = compiled(text("SELECT pg_backend_pid() AS pid, pg_sleep(2)"))


async def test_a_read_whose_connection_is_lost_is_tried_once_more(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever is young on a busy machine, too.
    monkeypatch.setattr(engine, "YOUNG", 60.0)
    async with Database.open(database_url, PoolOptions(size=1)) as database, connection_to(database_url) as other:
        [first] = await database.read(BACKEND)
        # While nobody uses it, and in the middle of a statement.
        await other.execute("SELECT pg_terminate_backend($1)", first["pid"])
        [second] = await database.read(BACKEND)
        reading = asyncio.create_task(database.read(NAP))
        await await_busy(other, second["pid"])
        await other.execute("SELECT pg_terminate_backend($1)", second["pid"])
        [third] = await reading
        assert len({first["pid"], second["pid"], third["pid"]}) == 3


async def test_a_read_that_took_long_is_not_tried_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "YOUNG", 0.0)
    async with Database.open(database_url, PoolOptions(size=1)) as database, connection_to(database_url) as other:
        [row] = await database.read(BACKEND)
        reading = asyncio.create_task(database.read(SLEEP))
        await await_busy(other, row["pid"])
        await other.execute("SELECT pg_terminate_backend($1)", row["pid"])
        with pytest.raises(DatabaseUnavailableError, match="terminating connection"):
            await reading
        assert await database.read(ONE)


async def await_busy(connection: asyncpg.Connection, pid: int) -> None:
    """Wait until another connection's statement has begun."""
    begun = "SELECT state = 'active' AND query LIKE '%pg_sleep%' FROM pg_stat_activity WHERE pid = $1"
    for _ in range(3000):
        if await connection.fetchval(begun, pid):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the statement doesn't begin")


async def test_transactions_plan_what_they_find_by_keys_once(database_url: str) -> None:
    show = compiled(text("SELECT current_setting('plan_cache_mode') AS mode"))
    async with Database.open(database_url) as database, database.transaction() as transaction:
        [row] = await transaction.read(show)
    assert row["mode"] == "force_generic_plan"


SQLSTATES = {
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "57P01": "admin_shutdown",
    "57P03": "cannot_connect_now",
    "40001": "serialization_failure",
    "25006": "read_only_sql_transaction",
    "58030": "io_error",
    "28P01": "invalid_password",
}


@pytest.mark.parametrize("state", SQLSTATES)
async def test_what_is_no_fault_of_the_statement_is_told_as_an_absent_server(
    state: str, database_url: str
) -> None:
    async with connection_to(database_url) as connection:
        await connection.execute(
            "CREATE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'because' USING ERRCODE = '{state}'; END $$"
        )
    async with Database.open(database_url, PoolOptions(size=1)) as database:
        with pytest.raises(DatabaseUnavailableError, match="because"):
            await database.read(compiled(text("SELECT fail() AS one")))
        assert await database.read(ONE)


@pytest.mark.parametrize("state", ["42P01", "42703", "42501", "22012", "XX000"])
async def test_what_is_wrong_with_the_statement_or_the_schema_is_not(state: str, database_url: str) -> None:
    async with connection_to(database_url) as connection:
        await connection.execute(
            "CREATE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'because' USING ERRCODE = '{state}'; END $$"
        )
    async with Database.open(database_url, PoolOptions(size=1)) as database:
        with pytest.raises(asyncpg.PostgresError, match="because") as caught:
            await database.read(compiled(text("SELECT fail() AS one")))
        assert caught.value.sqlstate == state
        assert caught.value.__cause__ is None


# ---- a real PgBouncer


@pytest.fixture(scope="module")
def pgbouncer() -> str:
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer isn't installed")
    return program


@pytest.fixture
def bounced_url(pgbouncer: str, database_url: str, closed_port: int, tmp_path: Path) -> Iterator[str]:
    """The database behind a PgBouncer in transaction mode with two server connections."""
    parts = urlsplit(database_url)
    query = parse_qs(parts.query)
    host, port = query.get("host", [parts.hostname or ""])[0], query.get("port", [str(parts.port or 5432)])[0]
    configuration = tmp_path / "pgbouncer.ini"
    (tmp_path / "users").write_text(f'"{parts.username}" ""\n')
    configuration.write_text(
        f"[databases]\n* = host={host} port={port} user={parts.username}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {closed_port}\nunix_socket_dir =\n"
        f"auth_type = any\nauth_file = {tmp_path / 'users'}\n"
        "pool_mode = transaction\ndefault_pool_size = 2\n"
    )
    # PgBouncer refuses to run as root; in a namespace where root has another name it doesn't notice.
    renamed = ["unshare", "--user", "--map-user=65534", "--map-group=65534"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [*renamed, pgbouncer, "-q", str(configuration)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        await_port(closed_port, process)
        yield f"postgresql://{parts.username}@127.0.0.1:{closed_port}{parts.path}"
    finally:
        process.terminate()
        process.communicate(timeout=10)


def await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a program listens; skip where it can't run here."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.skip(f"pgbouncer doesn't start here: {process.communicate()[0].decode()}")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("pgbouncer doesn't listen")


async def test_reads_and_transactions_through_a_real_pgbouncer(bounced_url: str) -> None:
    """Two server connections for twenty clients, each read perhaps on another one than the last."""
    options = PoolOptions(size=20, timeout=5, pgbouncer=True)
    async with Database.open(bounced_url, options) as database:
        for _ in range(3):
            found = await asyncio.gather(
                *(companies.page(database, EVERYTHING, companies.BY_NAME, Window(5, None)) for _ in range(40))
            )
            assert [list(page.rows) for page in found] == [[]] * 40
        async with database.transaction() as connection:
            await connection.read(compiled(text(INSERT)))
        [company] = await companies.by_npi(database, ["1000000001"])
        assert company is not None
        assert company["taxonomies"] == []
        pids = await asyncio.gather(*(database.read(BACKEND) for _ in range(40)))
        assert len({row["pid"] for [row] in pids}) <= 2
