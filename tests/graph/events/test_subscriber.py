"""A subscriber as a member of a broadcast: what it is sent at once, and what it pays for."""

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import ExecutionResult

from graph.events import listener
from graph.events.broadcast import Broadcasts
from graph.events.listener import Answered, Listening, Making, Outcome
from graph.events.subscriber import Subscriber
from graph.execution.cost import Work
from graph.http.account import Account
from graph.http.bucket import Rate
from graph.http.till import Till

COST = 10.0
ANSWER = Answered(b"{}", Outcome(ExecutionResult({})))


class Feed:
    """Events of which none comes."""

    key = "all"
    cursor = "1"

    def copy(self) -> "Feed":
        return self

    def move_to(self, cursor: str) -> None:
        assert cursor == self.cursor

    async def goes_on(self, seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return False

    async def read(self) -> AsyncGenerator[None]:
        events: tuple[None, ...] = ()
        for each in events:
            yield each


@pytest.fixture
def account() -> Account:
    """What pays, of a bucket that gets nothing back."""
    till = Till()
    return Account(till, [till.bucket("a", Rate(100, 0))] * len(Work))


@pytest.fixture
def subscriber(account: Account, monkeypatch: pytest.MonkeyPatch) -> Subscriber:
    """One whose answers are those of others, too."""
    monkeypatch.setattr(listener, "key_of", lambda *_: ("all",))
    making: Any = Making(asyncio.Semaphore(), SimpleNamespace(), Broadcasts())  # type: ignore[arg-type]
    exchange: Any = SimpleNamespace(account=account)
    prepared: Any = SimpleNamespace(work=Work.READ, cost=COST)
    runner: Any = SimpleNamespace()
    listening = Listening(runner, exchange, runner, prepared, making, 0.01)
    return Subscriber(listening, Feed())  # type: ignore[arg-type]


async def test_what_a_client_does_not_take_costs_nothing(subscriber: Subscriber, account: Account) -> None:
    taken: list[bytes] = []
    taking = [False, True]
    subscriber.taker = lambda answer: taking.pop(0) and not taken.append(answer.content)  # type: ignore[func-returns-value]
    waiting = asyncio.create_task(subscriber.goes_on())
    await asyncio.sleep(0)
    assert not subscriber.try_take(2, ANSWER)
    assert account.status()["currentlyAvailable"] == 100
    assert subscriber.try_take(2, ANSWER)
    assert (account.status()["currentlyAvailable"], taken, subscriber.cursor) == (100 - COST, [b"{}"], "2")
    assert not await waiting


async def test_nothing_goes_past_a_sign_of_life_that_is_being_sent(subscriber: Subscriber) -> None:
    taken: list[str | None] = []
    subscriber.taker = lambda answer: not taken.append(answer.cursor)  # type: ignore[func-returns-value]
    told = subscriber.told()
    assert await anext(told) is None
    # It was yielded, and waits for a client that doesn't read at the moment.
    assert not subscriber.try_take(2, ANSWER)
    assert (taken, subscriber.cursor) == ([], "1")
    await told.aclose()
