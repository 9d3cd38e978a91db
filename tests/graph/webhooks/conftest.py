"""A log of changes, webhooks that listen to it, and what sends to them."""

import asyncio
import random
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from db import changes
from db.changes import Author, Change
from db.engine import Database, connection_to, decode_json
from graph.background import in_background
from graph.events.webhooks.sender import Sender
from graph.parts import Parts
from graph.settings import Settings
from graph.vault import Vault
from tests.graph.webhooks.addressee import Addressee, addressee

AUTHOR = Author("", "somebody")
NPIS = tuple(f"1{number:09}" for number in range(20))
CHANCE = random.Random(12)  # noqa: S311 - the same in each run, as far as it goes

KEY = b64encode(bytes(range(32))).decode()
SECRET, OLD_SECRET = bytes(range(32)), bytes(range(32, 64))
HEARD = "subscription { changes { cursor kind npi } }"


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def write(database: Database, npis: Sequence[str]) -> list[int]:
    """Record a change of each company, a few in a transaction; their cursors."""
    written: list[int] = []
    left = list(npis)
    while left:
        size = CHANCE.randint(1, 5)
        now, left = left[:size], left[size:]
        made = [
            Change(npi, "COMPANY_UPDATED", (), old={"website": None}, new={"website": "https://a.example"})
            for npi in now
        ]
        async with database.transaction() as transaction:
            last = await changes.record(transaction, made, AUTHOR) or 0
        written += range(last - len(now) + 1, last + 1)
    return written


class Registry:
    """The webhooks of a database."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._vault = Vault(KEY)

    async def register(self, url: str, document: str = HEARD, **values: Any) -> UUID:
        """Write a webhook that is at the beginning of the log."""
        given = {
            "id": uuid4(),
            "issuer": "",
            "subject": "partner",
            "roles": ["PARTNER"],
            "url": url,
            "document": document,
            "secret": self.sealed(SECRET),
            "cursor": 0,
            **values,
        }
        places = ", ".join(f"${place}" for place in range(1, len(given) + 1))
        insert = f"INSERT INTO webhooks ({', '.join(given)}) VALUES ({places})"  # noqa: S608 - our own names
        await self.connection.execute(insert, *given.values())
        return UUID(str(given["id"]))

    def sealed(self, secret: bytes) -> bytes:
        return self._vault.seal(secret)

    async def row(self, id_: UUID) -> asyncpg.Record:
        [row] = await self.connection.fetch("SELECT * FROM webhooks WHERE id = $1", id_)
        return row

    async def waiting(self, id_: UUID) -> list[tuple[int, int]]:
        """The change and the attempts of each event that waits."""
        rows = await self.connection.fetch(
            "SELECT cursor, attempts FROM webhook_waiting WHERE webhook_id = $1 ORDER BY cursor", id_
        )
        return [tuple(row) for row in rows]

    async def is_done(self, id_: UUID, newest: int) -> bool:
        """Whether a webhook has taken all up to a change."""
        return (await self.row(id_))["cursor"] == newest and not await self.waiting(id_)

    async def deliveries(self, id_: UUID) -> list[tuple[int, int, int | None, str]]:
        """The change, the attempt, the status and the outcome of each attempt, in their order."""
        rows = await self.connection.fetch(
            "SELECT cursor, attempt, status, outcome FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY id",
            id_,
        )
        return [tuple(row) for row in rows]

    async def hurry(self) -> None:
        """Let all waits be over."""
        await self.connection.execute(
            "UPDATE webhook_waiting SET next_attempt_at = now() WHERE next_attempt_at > now()"
        )
        await self.connection.execute("UPDATE webhooks SET next_attempt_at = now() WHERE next_attempt_at > now()")

    async def until(
        self, id_: UUID, holds: Callable[[asyncpg.Record], bool], seconds: float = 20
    ) -> asyncpg.Record:
        """Wait until something holds of a webhook."""

        async def is_so() -> bool:
            return holds(await self.row(id_))

        await until(is_so, seconds)
        return await self.row(id_)

    async def until_waiting(self, id_: UUID, *events: tuple[int, int]) -> None:
        """Wait until these events wait, and no others: each with its attempts."""

        async def is_so() -> bool:
            return await self.waiting(id_) == list(events)

        await until(is_so)


@pytest.fixture
async def registry(database_url: str) -> AsyncIterator[Registry]:
    """The webhooks of the test's database."""
    async with connection_to(database_url) as connection:
        await decode_json(connection)
        yield Registry(connection)


@pytest.fixture
async def receiver() -> AsyncIterator[Addressee]:
    """A server that webhooks are sent to."""
    async with addressee() as found:
        yield found


@asynccontextmanager
async def sending(settings: Settings, database: Database) -> AsyncIterator[Sender]:
    """Send to the webhooks of a database, as one process does."""
    parts = Parts.of(settings)
    sender = parts.sender(database)
    assert sender is not None
    async with in_background(parts.cache.follower.follow(database)), in_background(sender.run()):
        yield sender


@pytest.fixture
def settings(database_url: str, settings_for: Callable[..., Settings]) -> Settings:
    """The settings of a process that sends."""
    return settings_for(database_url, webhook_key=SecretStr(KEY))
