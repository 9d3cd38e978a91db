"""A deadline: once begun it stands, unless it is lifted or begins anew."""

from collections.abc import Callable
from typing import Any

from graph.http.deadline import Deadline


class Timer:
    """Goes off when a test says so."""

    def __init__(self, seconds: float, act: Callable[[], object]) -> None:
        self.seconds = seconds
        self.act = act
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Clock:
    """A loop that keeps its timers."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []

    def call_later(self, seconds: float, act: Callable[[], object]) -> Timer:
        self.timers.append(Timer(seconds, act))
        return self.timers[-1]


def test_a_deadline_begins_anew_only_while_it_stands() -> None:
    clock: Any = Clock()
    passed: list[int] = []
    deadline = Deadline(clock, lambda: passed.append(1))
    deadline.renew()
    assert clock.timers == []
    deadline.begin(3)
    deadline.begin(9)
    deadline.renew()
    assert [(timer.seconds, timer.is_cancelled) for timer in clock.timers] == [(3, True), (3, False)]
    clock.timers[1].act()
    assert passed == [1]
    deadline.renew()
    deadline.begin(1)
    deadline.lift()
    deadline.renew()
    assert [timer.seconds for timer in clock.timers] == [3, 3, 1]
    assert clock.timers[2].is_cancelled
