"""Revoked tokens: refused by every server on the same database, within five seconds, remembered or not."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from db import revocations
from db.engine import Database
from db.statement import compiled
from graph.app import create_app
from graph.errors import ServiceUnavailableError
from graph.identity import revocation
from graph.identity.revocation import Revocations
from graph.settings import DEVELOPMENT_SECRET, Settings
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]


def token(jti: str | None, issuer: str | None = None) -> str:
    claims = {"sub": "a", "exp": int(time.time()) + 600, "jti": jti, "iss": issuer}
    given = {name: value for name, value in claims.items() if value is not None}
    return f"Bearer {jwt.encode(given, DEVELOPMENT_SECRET, 'HS256')}"


def reason(server: Server, authorization: str) -> str | None:
    answer = server.post("{ __typename }", authorization=authorization).json()
    return answer["errors"][0]["extensions"]["reason"] if "errors" in answer else None


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - it is another thread's, or the database's
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_a_revoked_token_is_refused_by_every_server_within_five_seconds(
    serve: Serve, settings_for: Callable[..., Settings], database_url: str
) -> None:
    lost, kept = token("lost"), [token("kept"), token(None), token("lost", "another issuer")]
    with ExitStack() as stack:
        servers = [stack.enter_context(serve(create_app(settings_for(database_url)))) for _ in range(2)]
        assert [reason(server, each) for server in servers for each in (lost, *kept)] == [None] * 8
        async with Database.open(database_url) as database:
            await revocations.revoke(database, "", "lost", datetime.now(UTC) + timedelta(minutes=10))
        revoked = time.monotonic()
        while not all(reason(server, lost) == "REVOKED" for server in servers):
            assert time.monotonic() - revoked < 5
            time.sleep(0.1)  # noqa: ASYNC251 - the servers have threads of their own
        assert [reason(server, each) for server in servers for each in kept] == [None] * 6
        # One that was never seen before is refused as well.
        assert reason(servers[0], token("lost")) == "REVOKED"


async def test_a_revocation_ends_with_its_token(database: Database) -> None:
    now = datetime.now(UTC)
    await revocations.revoke(database, "i", "over", now - timedelta(hours=2))
    await revocations.revoke(database, "i", "good", now + timedelta(hours=2))
    await revocations.revoke(database, "i", "good", now + timedelta(hours=2))
    assert await revocations.current(database) == {("i", "good")}
    async with database.transaction() as connection:
        rows = await connection.read(compiled(text("SELECT jti FROM revoked_tokens")))
        assert [row["jti"] for row in rows] == ["good"]


async def test_while_the_database_is_away_the_last_list_stands_and_looking_goes_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(revocation, "INTERVAL", 0.05)
    known = Revocations()
    known.know(frozenset({("i", "bad")}))
    nowhere = database_url.replace("/test_", "/nowhere_")
    async with Database.open(nowhere) as away, Database.open(database_url) as back:
        await revocations.revoke(back, "i", "worse", datetime.now(UTC) + timedelta(minutes=1))
        looking = asyncio.create_task(known.watch(away))
        await until(lambda: [each for each in caplog.records if each.name == "ariesone.tokens"])
        await asyncio.sleep(0.3)
        assert not looking.done()
        assert known.revoked == {("i", "bad")}
        assert len([record for record in caplog.records if record.name == "ariesone.tokens"]) == 1
        looking.cancel()
        looking = asyncio.create_task(known.watch(back))
        await until(lambda: known.revoked == {("i", "worse")})
        looking.cancel()


async def test_before_the_list_is_known_no_token_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "PATIENCE", 0.05)
    unknown = Revocations()
    with pytest.raises(ServiceUnavailableError):
        await unknown.has(("i", "good"))
    unknown.know(frozenset({("i", "bad")}))
    assert not await unknown.has(("i", "good"))
    assert await unknown.has(("i", "bad"))
    assert not await unknown.has(None)
