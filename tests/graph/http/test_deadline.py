"""A deadline: once begun it stands, unless it is lifted or begins anew."""

from collections.abc import Callable
from typing import Any

import pytest

from graph.http.deadline import Deadline


class Timer:
    """Goes off at a time, unless it is cancelled."""

    def __init__(self, due: float, act: Callable[[], object]) -> None:
        self.due = due
        self.act = act
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Clock:
    """A loop whose time passes when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, due: float, act: Callable[[], object]) -> Timer:
        self.timers.append(Timer(due, act))
        return self.timers[-1]

    def pass_by(self, seconds: float) -> None:
        """Have so many seconds pass, a tenth of one at a time."""
        for _ in range(round(seconds * 10)):
            self.now = round(self.now + 0.1, 1)
            due = [each for each in self.timers if each.due <= self.now]
            self.timers = [each for each in self.timers if each.due > self.now]
            for each in due:
                if not each.is_cancelled:
                    each.act()

    @property
    def pending(self) -> int:
        return sum(not each.is_cancelled for each in self.timers)


@pytest.fixture
def clock() -> Any:
    return Clock()


@pytest.fixture
def passed() -> list[float]:
    """When the deadline passed."""
    return []


@pytest.fixture
def deadline(clock: Any, passed: list[float]) -> Deadline:
    return Deadline(clock, lambda: passed.append(clock.now))


def test_it_stands_though_it_is_begun_once_more(clock: Any, deadline: Deadline, passed: list[float]) -> None:
    deadline.begin(3)
    assert deadline.has_begun
    clock.pass_by(2)
    deadline.begin(9)
    clock.pass_by(9)
    assert passed == [103]
    assert not deadline.has_begun


def test_it_begins_anew_only_while_it_stands(clock: Any, deadline: Deadline, passed: list[float]) -> None:
    deadline.renew()
    assert not deadline.has_begun
    deadline.begin(3)
    clock.pass_by(2)
    deadline.renew()
    clock.pass_by(2)
    deadline.renew()
    clock.pass_by(9)
    assert passed == [107]
    deadline.renew()
    clock.pass_by(9)
    assert passed == [107]


def test_one_that_is_lifted_says_nothing_of_the_next(clock: Any, deadline: Deadline, passed: list[float]) -> None:
    deadline.begin(3)
    deadline.lift()
    clock.pass_by(2)
    deadline.begin(3)
    clock.pass_by(9)
    assert passed == [105]


def test_a_shorter_one_passes_in_time(clock: Any, deadline: Deadline, passed: list[float]) -> None:
    deadline.begin(9)
    deadline.lift()
    deadline.begin(2)
    clock.pass_by(3)
    assert passed == [102]


def test_many_need_one_timer(clock: Any, deadline: Deadline, passed: list[float]) -> None:
    for _ in range(50):
        deadline.begin(3)
        deadline.lift()
        clock.pass_by(0.1)
        assert clock.pending <= 1
    assert passed == []


def test_what_has_ended_holds_nobody(clock: Any, deadline: Deadline, passed: list[float]) -> None:
    deadline.begin(3)
    deadline.end()
    assert clock.pending == 0
    deadline.begin(1)
    clock.pass_by(1)
    assert passed == [101]
