import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from db.embedded.errors import EmbeddedError
from db.embedded.ownership import Newcomer, Owner, one_server
from db.embedded.postgresql import postgresql
from db.embedded.programs import Programs

Own = Callable[..., "subprocess.Popen[str]"]

SERVE = Newcomer(transient=False, notify=None, patience=5.0)
COMMAND = Newcomer(transient=True, notify=None, patience=5.0)


@contextmanager
def server(address: str, stopping_seconds: float = 0.0) -> Iterator[str]:
    yield address
    time.sleep(stopping_seconds)


def hold(lock: Path, newcomer: Newcomer, *, stopping_seconds: float = 0.0) -> Callable[[], None]:
    """Own a server in a thread; the returned function tells it to leave, and does not wait."""
    inside, leave = threading.Event(), threading.Event()

    def owner() -> None:
        with one_server(lock, partial(server, "the owner's", stopping_seconds), newcomer):
            inside.set()
            leave.wait()

    threading.Thread(target=owner, daemon=True).start()
    assert inside.wait(5)
    return leave.set


def test_a_command_uses_the_server_of_a_live_serve_and_leaves_it_running(
    shared: Path, own: Own, programs: Programs
) -> None:
    own(shared, "serve")
    began = (programs.data_in(shared) / "postmaster.pid").read_text()
    with postgresql(shared, transient=True) as url:
        assert "host=" in url
    with postgresql(shared, transient=True) as again:
        assert again == url
    assert (programs.data_in(shared) / "postmaster.pid").read_text() == began


def test_a_second_serve_is_told_the_first_one_and_what_to_do(shared: Path, own: Own) -> None:
    first = own(shared, "serve")
    with (
        pytest.raises(EmbeddedError, match=f"Process {first.pid} already serves from {shared}: .*DATA_DIR"),
        postgresql(shared),
    ):
        pass


def test_a_serve_waits_for_a_command_and_says_so_once(shared: Path, own: Own) -> None:
    command = own(shared, "command")
    notices: list[str] = []
    threading.Timer(0.5, command.terminate).start()
    with postgresql(shared, durable=False, notify=notices.append):
        assert command.wait(1) is not None
    assert notices == [f"Process {command.pid} is using the database in {shared}; waiting for it to finish."]


def test_the_patience_ends(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    leave = hold(lock, COMMAND)
    with (
        pytest.raises(EmbeddedError, match=f"Process {os.getpid()} is using"),
        one_server(lock, partial(server, "mine"), Newcomer(transient=False, notify=None, patience=0.1)),
    ):
        pass
    leave()


@pytest.mark.parametrize("newcomer", [SERVE, COMMAND], ids=["serve", "command"])
def test_whoever_comes_while_a_serve_is_stopping_waits_and_owns_the_next(
    tmp_path: Path, newcomer: Newcomer
) -> None:
    lock = tmp_path / "lock"
    leave = hold(lock, SERVE, stopping_seconds=0.3)
    leave()
    while Owner(os.getpid(), transient=True) != _written(lock):
        time.sleep(0.001)
    with one_server(lock, partial(server, "mine"), newcomer) as address:
        assert address == "mine"


def test_a_command_that_comes_while_a_serve_is_starting_waits_for_its_address(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with lock.open("wb", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        Owner(os.getpid(), transient=False).write(file)
        ready = threading.Timer(0.15, Owner(os.getpid(), transient=False, address="theirs").write, [file])
        ready.start()
        with one_server(lock, partial(server, "mine"), COMMAND) as address:
            assert address == "theirs"
        ready.join()


def test_a_command_waits_for_another_command(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    leave = hold(lock, COMMAND)
    threading.Timer(0.2, leave).start()
    with one_server(lock, partial(server, "mine"), COMMAND) as address:
        assert address == "mine"


def test_the_words_of_a_killed_serve_do_not_turn_the_next_away(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait()
    with lock.open("wb", buffering=0) as file:
        Owner(ended.pid, transient=False, address="gone").write(file)
    with one_server(lock, partial(server, "mine"), SERVE) as address:
        assert address == "mine"
        assert _written(lock) == Owner(os.getpid(), transient=False, address="mine")


def _written(lock: Path) -> Owner:
    with lock.open("rb", buffering=0) as file:
        return Owner.read(file)
