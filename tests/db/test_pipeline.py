"""What is sent ahead of a statement: in one packet with it, done in its order, and failing in its place."""

# ruff: noqa: PT012 - a transaction that fails is a block

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from db import pipeline
from db.engine import Database, PoolOptions, connection_to
from db.failures import LockedError
from db.pipeline import Wire, in_text
from db.statement import Statement, compiled
from tests.proxy import proxying

BACKEND = compiled(text("SELECT pg_backend_pid() AS pid"))
KEYS = compiled(text("SELECT array_agg(key ORDER BY key) AS keys FROM idempotency_keys"))
ADD = compiled(
    text("""
    INSERT INTO idempotency_keys (issuer, subject, key, place, fingerprint)
    SELECT coalesce(CAST(:issuer AS text), 'none'), '', key, :place, ''
    FROM unnest(CAST(:keys AS text[])) AS key
    """)
)


@pytest.fixture(params=[False, True], ids=["direct", "pgbouncer"])
async def either(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Database]:
    """A database with and without what PgBouncer asks for."""
    async with Database.open(database_url, PoolOptions(pgbouncer=request.param)) as opened:
        yield opened


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """All that is written to PostgreSQL in transactions."""
    found: list[bytes] = []
    write = Wire.write

    def noted(self: Wire, content: memoryview) -> None:
        found.append(self.held + bytes(content))
        write(self, content)

    monkeypatch.setattr(Wire, "write", noted)
    return found


def adding(*keys: str, issuer: str | None = "") -> dict[str, object]:
    return {"issuer": issuer, "place": 0, "keys": list(keys)}


async def keys_in(database: Database) -> list[str] | None:
    [row] = await database.read(KEYS)
    found: list[str] | None = row["keys"]
    return found


async def test_a_transaction_begins_and_writes_without_packets_of_their_own(
    database_url: str, packets: list[bytes]
) -> None:
    async with Database.open(database_url) as database:
        for key in ("prepared", "again"):
            packets.clear()
            async with database.transaction() as transaction:
                await transaction.read(BACKEND)
                await transaction.write(ADD, adding(key))
                await transaction.read(KEYS)
        first, second, last = packets
    assert first.startswith(b"P")
    assert b"BEGIN" in first
    assert b"again" in second
    assert b"COMMIT" in last


async def test_what_is_written_is_seen_by_what_comes_next_and_kept(either: Database) -> None:
    strange = 'quoted "and" \\ {braced}, ł NULL '
    async with either.transaction() as transaction:
        await transaction.write(ADD, adding("first"))
        await transaction.write(ADD, adding(strange, issuer=None))
        [row] = await transaction.read(KEYS)
        await transaction.write(ADD, adding("unread"))
    assert row["keys"] == ["first", strange]
    assert await keys_in(either) == ["first", strange, "unread"]


async def test_what_is_undone_is_not_kept(either: Database) -> None:
    async with either.transaction() as transaction:
        await transaction.write(ADD, adding("first"))
        await transaction.write(ADD, adding("second"))
        transaction.undo()
    with pytest.raises(RuntimeError):
        async with either.transaction() as transaction:
            await transaction.write(ADD, adding("third"))
            raise RuntimeError
    assert await keys_in(either) is None


async def test_what_fails_is_told_by_what_comes_next_or_by_the_commit(either: Database) -> None:
    for ending in ("read", "commit", "flush"):
        with pytest.raises(Exception, match="idempotency_keys_pkey"):
            async with either.transaction() as transaction:
                await transaction.read(BACKEND)
                await transaction.write(ADD, adding("twice"))
                await transaction.write(ADD, adding("twice"))
                if ending == "read":
                    await transaction.read(KEYS)
                elif ending == "flush":
                    await transaction.flush()
        assert await keys_in(either) is None
        # Its connection is as good as before.
        async with either.transaction() as transaction:
            await transaction.read(BACKEND)


async def test_where_tls_is_asked_for_first_all_is_the_same(database_url: str, packets: list[bytes]) -> None:
    parts = urlsplit(database_url)
    folder = Path(parse_qs(parts.query)["host"][0])
    with proxying(folder / ".s.PGSQL.5432") as proxy:
        url = f"postgresql://{parts.username}@127.0.0.1:{proxy.port}{parts.path}"
        async with Database.open(url) as database:
            for key in ("prepared", "again"):
                async with database.transaction() as transaction:
                    await transaction.read(BACKEND)
                    await transaction.write(ADD, adding(key))
            with pytest.raises(LockedError):
                async with database.transaction() as transaction:
                    await transaction.read(BACKEND)
                    await transaction.write(ADD, adding(key))
            assert await keys_in(database) == ["again", "prepared"]
    assert not packets


async def test_a_statement_that_answers_with_rows_is_never_sent_ahead(database: Database) -> None:
    with pytest.raises(TypeError):
        async with database.transaction() as transaction:
            await transaction.read(BACKEND)
            await transaction.write(BACKEND, {})


async def test_a_connection_knows_its_statements_when_it_is_lent_again(database_url: str) -> None:
    async with Database.open(database_url, PoolOptions(max_overflow=1)) as database:
        for number in range(3):
            async with database.transaction() as transaction:
                await transaction.read(BACKEND)
                await transaction.write(ADD, adding(f"key {number}"))
            # What failed goes back to asyncpg's pool, and comes out of it again.
            with pytest.raises(RuntimeError):
                async with database.transaction() as transaction:
                    await transaction.read(BACKEND)
                    raise RuntimeError
        assert await keys_in(database) == ["key 0", "key 1", "key 2"]


async def test_a_transaction_whose_connection_was_lost_meanwhile_begins_over_another(database_url: str) -> None:
    async with Database.open(database_url) as database, connection_to(database_url) as other:
        async with database.transaction() as transaction:
            [first] = await transaction.read(BACKEND)
        await other.execute("SELECT pg_terminate_backend($1)", first["pid"])
        async with database.transaction() as transaction:
            [second] = await transaction.read(BACKEND)
            await transaction.write(ADD, adding("kept"))
            # Now something has happened: it is not begun again.
            await other.execute("SELECT pg_terminate_backend($1)", first["pid"])
        assert first["pid"] != second["pid"]
        assert await keys_in(database) == ["kept"]


async def test_values_that_asyncpg_refuses_leave_nothing_behind(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        async with database.transaction() as transaction:
            await transaction.read(Statement("SELECT $1::int", ("number",), asyncpg.Record), {"number": "none"})
    async with database.transaction() as transaction:
        await transaction.write(ADD, adding("kept"))
    assert await keys_in(database) == ["kept"]


def test_values_in_their_text_form() -> None:
    id_ = UUID(int=1)
    assert [in_text(each) for each in ("a", 7, id_)] == ["a", "7", str(id_)]
    assert in_text([id_]) == f'{{"{id_}"}}'
    assert in_text([]) == "{}"


async def test_asyncpg_is_as_the_bridge_knows_it(database_url: str) -> None:
    connection = await pipeline.connect(database_url)
    try:
        # What it writes goes through the wire, which it asks for no more than transports have.
        wire = connection._protocol.wire
        assert isinstance(wire, Wire)
        pipeline.send_ahead(connection, pipeline.BEGIN)
        assert wire.held == pipeline.BEGIN
        assert await connection.fetchval("SELECT 1") == 1
        assert wire.held == b""
        assert connection.is_in_transaction()
        await connection.execute("ROLLBACK")
        assert not connection.is_in_transaction()
    finally:
        await connection.close()
