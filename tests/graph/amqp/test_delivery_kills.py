"""`ariesone deliver` killed at random moments: nothing is lost, and each company's events keep their order."""

import asyncio
import contextlib
import time
from collections import Counter
from pathlib import Path

import pytest

from db import changes, deliveries
from db.engine import Database
from graph.events.deliverer import AMQP, BATCH
from tests.graph.amqp.conftest import CHANCE, NPIS, Consumer, write
from tests.graph.deliverers import Deliverers
from tests.proxy import Proxy

PROGRAM = """
from graph.__main__ import main
from graph.events import deliverer


deliverer.LEASE, deliverer.STANDBY = 1.5, 0.1
main()
"""


@pytest.mark.parametrize(
    "kills", [pytest.param(6, marks=pytest.mark.slow), pytest.param(30, marks=pytest.mark.long)]
)
async def test_whoever_is_killed_nothing_is_lost_and_order_is_kept(
    kills: int,
    database: Database,
    database_url: str,
    distant_amqp_url: str,
    consumer: Consumer,
    broker_proxy: Proxy,
    tmp_path: Path,
) -> None:
    # So that much is under way whenever somebody is killed.
    await asyncio.to_thread(lambda: broker_proxy.heal(latency=0.05))
    settings = {"DATABASE_URL": database_url, "AMQP_URL": distant_amqp_url, "AMQP_EXCHANGE": consumer.exchange}
    processes = Deliverers(tmp_path, PROGRAM, CHANCE, **settings)
    written: list[int] = []

    async def write_on() -> None:
        while True:
            written.extend(await write(database, CHANCE.choices(NPIS, k=50)))
            await asyncio.sleep(0.05)

    writing = asyncio.create_task(write_on())
    for _ in range(kills):
        await get_on(database, tmp_path)
        await asyncio.sleep(CHANCE.uniform(0, 1))
        await asyncio.to_thread(processes.kill_some)
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    # The writer may have been cut off between a commit and noting it.
    newest = await changes.last(database)
    while (await deliveries.status(database, AMQP)).cursor < newest:
        await get_on(database, tmp_path)
    assert await asyncio.to_thread(processes.stop) == [0, 0]
    await consumer.take_all()
    times = Counter(consumer.ids)
    assert set(times) >= set(written)
    assert all(ids == sorted(ids) for ids in consumer.first_ids.values())
    doubled = sum(times.values()) - len(times)
    # What was sent and not yet noted when somebody was killed, or lost its lease on a busy machine.
    assert doubled <= 2 * kills * BATCH
    print(f"{kills} kills, {len(times):,} events, {doubled:,} came twice")  # noqa: T201 - a figure


async def get_on(database: Database, folder: Path) -> None:
    """Wait until some are delivered."""
    deadline = time.monotonic() + 60
    cursor = (await deliveries.status(database, AMQP)).cursor
    while (await deliveries.status(database, AMQP)).cursor == cursor:
        assert time.monotonic() < deadline, await asyncio.to_thread((folder / "log").read_text)
        await asyncio.sleep(0.05)
