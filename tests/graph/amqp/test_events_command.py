"""`ariesone events` and `ariesone deliver` from the outside."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from db import deliveries
from db.deliveries import SetAside, Step
from db.engine import Database
from tests.graph.amqp.conftest import NPIS, Consumer, write
from tests.graph.commands.conftest import command, forker

__all__ = ["command", "forker"]

# A command takes a second or two to begin.
pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]


async def set_aside(database: Database, cursors: list[int]) -> None:
    """Have the delivery come to the last of these changes, and their events set aside."""
    await deliveries.take(database, "amqp", "somebody", 0)
    letters = [
        SetAside(each, json.dumps({"id": str(each), "type": "COMPANY_UPDATED", "subject": NPIS[0]}), "refused")
        for each in cursors
    ]
    assert await deliveries.advance(database, "amqp", "somebody", Step(cursors[-1], 0, 0, letters))


async def run(command: Command, url: str, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(command, *words, DATABASE_URL=url, **settings)


async def test_how_it_stands_what_an_event_is_and_going_back(
    command: Command, database: Database, database_url: str
) -> None:
    first, second, third = await write(database, NPIS[:3])
    await set_aside(database, [second])
    listed = await run(command, database_url, "events", "list")
    assert listed.returncode == 0, listed.stderr
    head, counts, worker, letter = listed.stdout.splitlines()
    assert head == f"Delivered up to {second}: 1 change waits; 1 set aside, see `ariesone events list`."
    assert counts == "0 events were taken, 0 passed over without a queue."
    assert worker == "No process works at it."
    assert re.fullmatch(rf" +{second}  COMPANY_UPDATED +{NPIS[0]}  \S+  refused", letter)

    shown = [(await run(command, database_url, "events", "show", str(each))).stdout for each in (second, third)]
    assert [json.loads(each)["id"] for each in shown] == [str(second), str(third)]
    assert "data" in json.loads(shown[1])
    missing = await run(command, database_url, "events", "show", str(third + 1))
    assert (missing.returncode, f"There is no change {third + 1}" in missing.stderr) == (1, True)

    unasked = await run(command, database_url, "events", "replay", "--after", str(first))
    assert (unasked.returncode, (await deliveries.status(database, "amqp")).cursor) == (1, second)
    back = await run(command, database_url, "events", "replay", "--after", str(first), "--yes")
    assert (back.returncode, (await deliveries.status(database, "amqp")).cursor) == (0, first)
    ahead = await run(command, database_url, "events", "replay", "--after", str(third), "--yes")
    assert (ahead.returncode, f"Nothing after {third} was delivered yet" in ahead.stderr) == (1, True)
    ended = await run(command, database_url, "events", "stop", "--yes")
    assert ended.stdout == "No change is kept for RabbitMQ any longer.\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["deliver"], "Neither AMQP_URL nor WEBHOOK_KEY is set"),
        (["events", "replay"], "Say which events to send again"),
        (["events", "replay", "7", "--all"], "Say which events to send again"),
        (["events", "replay", "--all"], "AMQP_URL isn't set"),
    ],
)
async def test_what_cannot_be_done_is_told(
    words: list[str], told: str, command: Command, database_url: str
) -> None:
    done = await run(command, database_url, *words)
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (1, True, False)


async def test_what_was_set_aside_is_sent_again_and_forgotten(
    command: Command, database: Database, database_url: str, amqp_url: str, consumer: Consumer
) -> None:
    cursors = await write(database, NPIS[:3])
    await set_aside(database, cursors)
    settings: Any = {"AMQP_URL": amqp_url, "AMQP_EXCHANGE": consumer.exchange}
    one = await run(command, database_url, "events", "replay", str(cursors[1]), **settings)
    assert (one.returncode, one.stdout) == (0, "1 sent.\n")
    again = await run(command, database_url, "events", "replay", str(cursors[1]), **settings)
    assert (again.returncode, f"{cursors[1]} not, since it wasn't set aside" in again.stderr) == (1, True)
    others = await run(command, database_url, "events", "replay", "--all", **settings)
    assert (others.returncode, others.stdout) == (0, "2 sent.\n")
    await consumer.take_all()
    assert consumer.ids == [cursors[1], cursors[0], cursors[2]]
    away = await run(command, database_url, "events", "replay", "--all", AMQP_URL="amqp://127.0.0.1:1")
    assert away.stdout == "0 sent.\n"
    await set_aside(database, await write(database, NPIS[:1]))
    away = await run(command, database_url, "events", "replay", "--all", AMQP_URL="amqp://a:sesame@127.0.0.1:1")
    assert (away.returncode, "0 sent; then: RabbitMQ can't be reached." in away.stderr) == (1, True)
    assert "sesame" not in away.stderr
