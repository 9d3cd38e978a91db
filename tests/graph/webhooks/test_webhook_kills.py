"""`ariesone deliver` killed at random moments: nothing is lost, and each company's events keep their order."""

import asyncio
import contextlib
from collections import Counter
from pathlib import Path

import pytest

from db import changes
from db.engine import Database
from tests.graph.deliverers import Deliverers
from tests.graph.webhooks.addressee import TAKEN, Addressee, Post, Reply
from tests.graph.webhooks.conftest import CHANCE, KEY, NPIS, Registry, until, write

# With a shorter lease, and pauses that a test can wait for.
PROGRAM = """
from graph.__main__ import main
from graph.events.webhooks import leases, retries, turn

leases.LEASE = 3.0
turn.LATEST, turn.TURN = 1.5, 1.0
retries.PAUSES = (0.1, *([0.5] * 50))
main()
"""


@pytest.mark.parametrize(
    "kills", [pytest.param(3, marks=pytest.mark.slow), pytest.param(30, marks=pytest.mark.long)]
)
async def test_whoever_is_killed_nothing_is_lost_and_order_is_kept(
    kills: int, database: Database, database_url: str, registry: Registry, receiver: Addressee, tmp_path: Path
) -> None:
    ids = [await registry.register(f"{receiver.url}?{number}") for number in range(3)]
    # So that much is under way whenever somebody is killed, and some of it must be sent again.
    receiver.delay = 0.01

    def answer(_: Post) -> Reply:
        return (500, {}) if CHANCE.random() < 0.05 else TAKEN

    receiver.answer = answer
    settings = {"DATABASE_URL": database_url, "WEBHOOK_KEY": KEY}
    processes = await asyncio.to_thread(lambda: Deliverers(tmp_path, PROGRAM, CHANCE, **settings))

    async def write_on() -> None:
        while True:
            await write(database, CHANCE.choices(NPIS, k=20))
            await asyncio.sleep(0.1)

    writing = asyncio.create_task(write_on())
    for _ in range(kills):
        await get_on(receiver, tmp_path)
        await asyncio.sleep(CHANCE.uniform(0, 1))
        await asyncio.to_thread(processes.kill_some)
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    newest = await changes.last(database)

    async def is_done() -> bool:
        return all([await registry.is_done(id_, newest) for id_ in ids])

    await until(is_done, 120)
    assert await asyncio.to_thread(processes.stop) == [0, 0]
    doubled = 0
    for number in range(3):
        taken = [each for each in receiver.taken if each.path == f"/hook?{number}"]
        assert {each.cursor for each in taken} == set(range(1, newest + 1))
        assert order_is_kept(taken)
        doubled += len(taken) - newest
    # Of each webhook, those that were sent together and not yet noted.
    assert doubled <= 3 * 2 * kills * 8
    print(f"{kills} kills, {3 * newest:,} events, {doubled:,} came twice")  # noqa: T201 - a figure


def order_is_kept(taken: list[Post]) -> bool:
    """Whether each company's events were first taken in their order."""
    latest: Counter[str] = Counter()
    seen: set[int] = set()
    for each in taken:
        if each.cursor not in seen:
            seen.add(each.cursor)
            if each.cursor < latest[each.npi]:
                return False
            latest[each.npi] = each.cursor
    return True


async def get_on(receiver: Addressee, folder: Path) -> None:
    """Wait until some more are taken."""
    number = len(receiver.taken)

    async def has_gone_on() -> bool:
        return len(receiver.taken) > number

    try:
        await until(has_gone_on, 60)
    except AssertionError:
        pytest.fail(await asyncio.to_thread((folder / "log").read_text))
