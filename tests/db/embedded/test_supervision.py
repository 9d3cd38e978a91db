"""A program that ends is started again; how soon, how often, and what is told."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from threading import Event

import pytest

from db.embedded import launcher, supervision
from db.embedded.errors import EmbeddedError
from db.embedded.supervision import Program, kept_running, pause_before

STEPS = ((signal.SIGTERM, 30.0),)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.001)


class Sleepers:
    """Programs that sleep, each started in the place of one that ended."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []
        self.refused = 0
        self.refusal: Exception = EmbeddedError("It did not start.")

    def start(self) -> subprocess.Popen[bytes]:
        if self.refused:
            self.refused -= 1
            raise self.refusal
        with open(os.devnull, "wb") as output:  # noqa: PTH123 - no path
            process = launcher.spawn(
                [sys.executable, "-c", "import time; time.sleep(600)"], death_signal=signal.SIGTERM, output=output
            )
        self.started.append(process)
        return process

    def kill(self) -> None:
        """Kill the last one, and wait until another runs."""
        before = len(self.started)
        self.started[-1].kill()
        until(lambda: len(self.started) > before)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_program_that_is_killed_is_started_again_and_stopped_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sleepers = Sleepers()
    with kept_running(Program("Sleeper", sleepers.start, STEPS), sleepers.start()):
        for _ in range(8):
            sleepers.kill()
        assert sleepers.started[-1].poll() is None
    assert all(process.poll() is not None for process in sleepers.started)
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "Sleeper ended with SIGKILL; it is started again"
    assert told[1].startswith("Sleeper runs again after ")
    assert len(told) == 16


@pytest.mark.parametrize(
    "refusal", [EmbeddedError("It did not start."), OSError(errno.EMFILE, "Too many open files")]
)
def test_a_start_that_fails_is_tried_again(refusal: Exception) -> None:
    sleepers = Sleepers()
    sleepers.refusal = refusal
    with kept_running(Program("Sleeper", sleepers.start, STEPS, lambda: None), sleepers.start()):
        sleepers.refused = 3
        sleepers.kill()
        assert sleepers.started[-1].poll() is None


def test_what_ends_again_and_again_is_given_up_and_says_why(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervision, "MOST", 3)
    sleepers, given_up = Sleepers(), Event()

    def kill_thrice() -> None:
        with kept_running(Program("Sleeper", sleepers.start, STEPS, given_up.set), sleepers.start()):
            sleepers.kill()
            sleepers.kill()
            sleepers.started[-1].kill()
            assert given_up.wait(60)

    with pytest.raises(EmbeddedError, match=r"^Sleeper ended 3 times in a row; the last time: SIGKILL\.$"):
        kill_thrice()
    assert len(sleepers.started) == 3
    assert caplog.records[-1].getMessage() == "Sleeper ended with SIGKILL; it is given up"


def test_what_has_run_for_a_while_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervision, "MOST", 2)
    monkeypatch.setattr(supervision, "SETTLED", 0.0)
    sleepers = Sleepers()
    with kept_running(Program("Sleeper", sleepers.start, STEPS, pytest.fail), sleepers.start()):
        for _ in range(4):
            sleepers.kill()
    assert len([record for record in caplog.records if "is started again" in record.getMessage()]) == 4


def test_pauses_grow_up_to_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.5)
    assert [pause_before(ends) for ends in (1, 2, 3, 4, 5)] == [0.0, 0.5, 1.0, 2.0, 4.0]
    assert pause_before(40) == 30.0


def test_stopping_does_not_wait_for_a_pause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 600.0)
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 600.0)
    sleepers = Sleepers()
    with kept_running(Program("Sleeper", sleepers.start, STEPS), sleepers.start()):
        sleepers.kill()
        sleepers.started[-1].kill()
        until(lambda: len([1 for record in caplog.records if "is started again" in record.getMessage()]) == 2)
    assert len(sleepers.started) == 2
