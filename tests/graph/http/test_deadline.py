"""A deadline: once begun it stands, unless it is lifted or begins anew."""

import asyncio
from typing import Any, cast

from graph.http.deadline import Deadline


class Clock:
    """A loop whose timers are let go off by hand."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, Any]] = []

    def call_later(self, seconds: float, act: Any) -> Any:
        self.asked.append((seconds, act))
        return asyncio.Handle(act, (), cast("asyncio.AbstractEventLoop", self))


def test_a_deadline_begins_anew_only_while_it_stands() -> None:
    clock, passed = Clock(), []
    deadline = Deadline(cast("asyncio.AbstractEventLoop", clock), lambda: passed.append(1))
    deadline.renew()
    assert clock.asked == []
    deadline.begin(3)
    first = deadline.timer
    deadline.begin(9)
    assert [seconds for seconds, _ in clock.asked] == [3]
    deadline.renew()
    assert [seconds for seconds, _ in clock.asked] == [3, 3]
    assert first is not None
    assert first.cancelled()
    clock.asked[1][1]()
    assert passed == [1]
    deadline.renew()
    deadline.begin(1)
    deadline.lift()
    deadline.renew()
    assert [seconds for seconds, _ in clock.asked] == [3, 3, 1]
