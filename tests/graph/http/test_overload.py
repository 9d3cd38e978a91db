"""The gauge: so many requests run, the next wait for their turn in order, more are refused, none is lost."""

import asyncio
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ServiceUnavailableError
from graph.http import overload
from graph.http.overload import FLOOR, Gauge


async def test_requests_over_the_limit_are_refused_and_counted_down() -> None:
    gauge = Gauge(max_requests=2, max_running=2, max_lag=1.0)
    await gauge.begin()
    await gauge.begin()
    with pytest.raises(ServiceUnavailableError) as refused:
        await gauge.begin()
    assert refused.value.headers == {"retry-after": "1"}
    gauge.end()
    await gauge.begin()


async def test_a_late_event_loop_refuses_all_but_a_few() -> None:
    gauge = Gauge(max_requests=100, max_running=100, max_lag=0.02)
    watching = asyncio.create_task(gauge.watch())
    await asyncio.sleep(0.05)
    time.sleep(0.1)  # noqa: ASYNC251 - it is what the gauge must see
    while gauge._lag < 0.02:  # noqa: ASYNC110 - until the gauge has looked
        await asyncio.sleep(0)
    for _ in range(FLOOR):
        await gauge.begin()
    with pytest.raises(ServiceUnavailableError):
        await gauge.begin()
    watching.cancel()


async def test_who_waits_too_long_is_refused_and_gives_its_place_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "MAX_WAIT", 0.01)
    gauge = Gauge(max_requests=2, max_running=1, max_lag=1.0)
    await gauge.begin()
    for _ in range(3):
        with pytest.raises(ServiceUnavailableError):
            await gauge.begin()
    gauge.end()
    await asyncio.wait_for(gauge.begin(), 10)


@pytest.mark.parametrize("leaves_first", [True, False])
async def test_a_turn_of_one_who_leaves_goes_to_the_next(leaves_first: bool) -> None:  # noqa: FBT001
    gauge = Gauge(max_requests=3, max_running=1, max_lag=1.0)
    await gauge.begin()
    leaving, waiting = asyncio.create_task(gauge.begin()), asyncio.create_task(gauge.begin())
    await asyncio.sleep(0)
    happenings: list[Callable[[], object]] = [leaving.cancel, gauge.end]
    for happen in happenings if leaves_first else reversed(happenings):
        happen()
    await asyncio.wait_for(waiting, 10)
    assert leaving.cancelled()


class Simulation:
    """Requests that begin, leave and end in any order."""

    def __init__(self, max_running: int) -> None:
        self.max_running = max_running
        self.gauge = Gauge(max_requests=1_000, max_running=max_running, max_lag=1_000)
        # By number, in the order of their turns.
        self.ran: list[int] = []
        self.running: list[int] = []
        self.waiting: dict[int, asyncio.Task[None]] = {}
        self.left: list[asyncio.Task[None]] = []

    async def step(self, number: int, action: str) -> None:
        if action == "begin":
            self.waiting[number] = asyncio.create_task(self._begin(number))
        elif action == "leave" and self.waiting:
            _, leaver = self.waiting.popitem()
            leaver.cancel()
            self.left.append(leaver)
        elif action == "end" and self.running:
            self.running.pop(0)
            self.gauge.end()
        elif action == "pause":
            await asyncio.sleep(0)

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        # Who isn't running waits for a good reason.
        assert len(self.running) <= self.max_running
        assert not self.waiting or len(self.running) == self.max_running

    async def _begin(self, number: int) -> None:
        has_to_wait = self.gauge.running == self.max_running
        await self.gauge.begin()
        self.waiting.pop(number, None)
        self.running.append(number)
        if has_to_wait:
            self.ran.append(number)


@given(
    st.integers(1, 3),
    st.lists(st.sampled_from(["begin", "begin", "leave", "end", "pause", "settle"]), max_size=60),
)
def test_no_turn_is_lost_and_none_is_taken_twice(max_running: int, actions: list[str]) -> None:
    async def simulated() -> None:
        simulation = Simulation(max_running)
        for number, action in enumerate(actions):
            await simulation.step(number, action)
            if action == "settle":
                await simulation.settle()
        await simulation.settle()
        while simulation.running:
            await simulation.step(-1, "end")
            await simulation.settle()
        assert not simulation.waiting
        # Who waited ran in turn; who came just when there was room needn't have.
        assert simulation.ran == sorted(simulation.ran)
        assert simulation.gauge.running == 0
        # Or it ran just before it was told to leave.
        assert all(each.cancelled() or each.exception() is None for each in simulation.left)

    asyncio.run(simulated())
