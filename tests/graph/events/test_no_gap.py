"""Whoever listens hears each change once and in order, however often it loses its connection, while all write."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import asyncpg
import pytest
from starlette.types import ASGIApp

from db.engine import Database
from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.events.listening import listening
from tests.graph.mutations.conftest import Mutate
from tests.graph.mutations.writers import Scale, Writers

pytestmark = pytest.mark.slow

SUBSCRIPTION = "subscription($after: String) { changes(after: $after) { cursor kind npi version } }"
ADMIN = bearer("admin")


class Ear:
    """Listens, and loses its connection now and then."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.random = random.Random(seed)  # noqa: S311 - when it breaks off, no secrets
        self.cursor = "0"
        self.heard: list[tuple[int, str, str, int]] = []
        self.connections = 0

    async def listen(self) -> None:
        """Listen until cancelled."""
        while True:
            await self.listen_once(self.random.choice((0, 1, 7, 50, 400)))
            await asyncio.sleep(self.random.random() / 20)

    async def listen_once(self, most: int) -> None:
        """Hear so many changes, or nothing for a while."""
        self.connections += 1
        is_told_by_header = self.random.random() < 0.5
        given = {"last_event_id": self.cursor} if is_told_by_header else {}
        variables = None if is_told_by_header else {"after": self.cursor}
        async with listening(self.server, SUBSCRIPTION, variables, authorization=ADMIN, **given) as listener:
            assert listener.answer.status_code == 200
            for _ in range(most):
                event = await listener.event()
                if not event:
                    return
                self.hear(event)

    def hear(self, event: dict[str, str]) -> None:
        """Take note of a change."""
        change = json.loads(event["data"])["data"]["changes"]
        assert event["id"] == change["cursor"]
        self.cursor = event["id"]
        self.heard.append((int(change["cursor"]), change["kind"], change["npi"], change["version"]))


@pytest.fixture
async def written(database_url: str) -> AsyncIterator[Database]:
    """An empty directory, in place of the one that other tests change."""
    async with Database.open(database_url) as database:
        yield database


@pytest.mark.parametrize(
    "scale",
    [
        pytest.param(Scale(companies=24, writers=4, edits=25, loads=6, rows=4), id="short"),
        pytest.param(
            Scale(companies=6000, writers=4, edits=1000, loads=135, rows=400), id="long", marks=pytest.mark.long
        ),
    ],
)
async def test_each_change_is_heard_once_and_in_order(
    mutate: Mutate,
    database_url: str,
    tmp_path: Path,
    scale: Scale,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> None:
    connection = await asyncpg.connect(database_url)
    writers = Writers(mutate, connection, tmp_path, scale, seed=21)
    await writers.begin()
    with serve(create_app(settings_for(database_url, listener_heartbeat=0.5))) as server:
        ears = [Ear(server, seed) for seed in range(3)]
        tasks = [asyncio.create_task(ear.listen()) for ear in ears]
        await writers.all_at_once()
        rows = await connection.fetch("SELECT id, kind, npi, version FROM changes ORDER BY id")
        async with asyncio.timeout(60):
            while any(ear.cursor != str(rows[-1]["id"]) for ear in ears):
                await asyncio.sleep(0.05)
                assert not any(task.done() for task in tasks), [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for ear in ears:
        assert ear.heard == [tuple(row) for row in rows]
        assert ear.connections > 3
    await connection.close()
