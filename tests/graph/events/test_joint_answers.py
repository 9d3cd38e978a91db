"""Those who listen to the same with the same roles are told one answer, made once; nobody is told another's."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache.single_flight import SingleFlight
from graph.execution.run import Prepared, Runner
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.events.listening import HEARD, listening
from tests.graph.events.talking import talking
from tests.graph.events.test_event_stream import edit, newest

PARTNER, ADMIN = bearer("partner"), bearer("admin")
# Hidden from a partner, and open to an admin.
TAX = "subscription { changes { npi company { taxId } } }"


@pytest.fixture
def own(
    sample_copy: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Iterator[Server]:
    """A server whose directory may be changed."""
    with serve(create_app(settings_for(sample_copy))) as running:
        yield running


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[str]]:
    """The roles for whom events are answered, each of which takes a while."""
    found: list[frozenset[str]] = []
    run = Runner.run

    async def noted(self: Runner, prepared: Prepared, *others: Any) -> Any:
        if prepared.operation.is_subscription:
            found.append(prepared.viewer.roles)
            await asyncio.sleep(0.3)
        return await run(self, prepared, *others)

    monkeypatch.setattr(Runner, "run", noted)
    return found


async def test_an_event_is_answered_once_for_all_who_ask_the_same(own: Server, runs: list[frozenset[str]]) -> None:
    start = newest(own)
    async with AsyncExitStack() as stack:
        # From where one began to listen makes no difference.
        streams = [
            await stack.enter_async_context(listening(own, HEARD, {"after": after}, authorization=who))
            for after, who in ((start, PARTNER), (None, PARTNER), (None, ADMIN))
        ]
        socket = await stack.enter_async_context(talking(own, PARTNER))
        await socket.ask(HEARD)
        async with talking(own, PARTNER) as leaving:
            await leaving.ask(HEARD)
            assert await leaving.is_silent(0.2)
            edit(own, "one")
            await asyncio.sleep(0.2)
        told = [*[await each.change() for each in streams], await socket.change()]
    assert all(each == told[0] for each in told)
    assert sorted(map(sorted, runs)) == [["ADMIN"], ["PARTNER"]]


async def test_what_is_refused_to_one_is_not_told_as_anothers(own: Server, runs: list[frozenset[str]]) -> None:
    async with (
        listening(own, TAX, authorization=ADMIN) as admin,
        listening(own, TAX, authorization=PARTNER) as first,
        listening(own, TAX, authorization=PARTNER) as second,
    ):
        for each in (admin, first, second):
            await each.block()
        edit(own, "one")
        assert "errors" not in await admin.data()
        traces = set()
        for each in (first, second):
            [error] = (await each.data())["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN"
            traces.add(error["extensions"]["traceId"])
        # Each with its own trace.
        assert len(traces) == 2
    assert len(runs) == 3


async def test_joint_work_goes_on_though_those_who_wait_leave() -> None:
    flight: SingleFlight[int] = SingleFlight()
    begun: list[int] = []

    async def work(*, fails: bool = False) -> int:
        begun.append(1)
        await asyncio.sleep(0.05)
        if fails:
            raise ValueError
        return 1

    first, second = (asyncio.create_task(flight.do("a", work)) for _ in range(2))
    other = asyncio.create_task(flight.do("b", work))
    await asyncio.sleep(0.01)
    first.cancel()
    assert [await second, await other] == [1, 1]
    assert len(begun) == 2
    # Nothing is remembered.
    assert await flight.do("a", work) == 1
    assert len(begun) == 3
    failing = [asyncio.create_task(flight.do("a", lambda: work(fails=True))) for _ in range(2)]
    assert [type(each) for each in await asyncio.gather(*failing, return_exceptions=True)] == [ValueError] * 2
