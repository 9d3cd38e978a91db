"""Who runs the one server of a folder: a file lock says so, and the file beside it names the owner."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from db.embedded.errors import EmbeddedError

POLL_SECONDS = 0.05

# A killed owner holds the lock a moment longer, and shorter waits are not worth a word.
SETTLED_SECONDS = 0.3

REMEDY = "stop it, or set DATA_DIR to another folder"


@dataclass(frozen=True)
class Newcomer:
    """How a process asks for a server.

    A transient one (a command that passes) may use the server of a live `serve`, and never keeps
    it from ending; one that is not transient (a `serve`) must own its server. `notify` receives
    one sentence when there is a wait; `patience` is its limit in seconds.
    """

    transient: bool
    notify: Callable[[str], None] | None
    patience: float


@dataclass(frozen=True)
class Owner:
    """What the lock file says: `pid serve|command address`, the address only while the server answers."""

    pid: int
    transient: bool
    address: str = ""

    @classmethod
    def read(cls, file: FileIO) -> "Owner":
        """Return the owner; one that has not written its name yet is nobody in passing."""
        file.seek(0)
        match file.readall().decode().partition("\n")[0].split():
            case [pid, kind, *address] if pid.isdecimal():
                return cls(int(pid), kind != "serve", "".join(address))
            case _:
                return cls(0, transient=True)

    def write(self, file: FileIO) -> None:
        """Replace the first line, which is all that counts."""
        # Cut off what was longer only afterwards: a reader between the two finds a whole line.
        file.seek(0)
        file.write(f"{self.pid} {'command' if self.transient else 'serve'} {self.address}\n".encode())
        file.truncate()

    @property
    def is_serving(self) -> bool:
        """Whether this is a `serve` that lives; after SIGKILL the words of a dead one stay in the file."""
        return not self.transient and _is_alive(self.pid)


@contextmanager
def one_server(lock: Path, start: Callable[[], AbstractContextManager[str]], newcomer: Newcomer) -> Iterator[str]:
    """Yield the address of the folder's server: one that we `start` and stop, or a live `serve`'s.

    Raises:
        EmbeddedError: another `serve` owns it, the patience is over, or the folder cannot be written.
    """
    with _opened(lock) as file:
        address = _wait_for_turn(file, lock.parent, newcomer)
        if address:
            yield address
            return
        Owner(os.getpid(), newcomer.transient).write(file)
        with start() as address:
            Owner(os.getpid(), newcomer.transient, address).write(file)
            try:
                yield address
            finally:
                # From here the server is stopping: whoever comes waits for the lock.
                Owner(os.getpid(), transient=True).write(file)


def find_served(lock: Path) -> str | None:
    """The address of the folder's server where a live `serve` runs it; None where there is none."""
    if not lock.exists():
        return None
    with _opened(lock) as file:
        if _lock(file):
            return None
        owner = Owner.read(file)
        return owner.address if owner.is_serving and owner.address else None


@contextmanager
def _opened(lock: Path) -> Iterator[FileIO]:
    try:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.touch(mode=0o600)
        # Without a buffer, which would repeat what it read before.
        file = lock.open("r+b", buffering=0)
    except OSError as error:
        raise EmbeddedError(
            f"{lock.parent} cannot be written ({error}): run as its owner, or set DATA_DIR to another folder."
        ) from error
    with file:
        yield file


def _wait_for_turn(file: FileIO, folder: Path, newcomer: Newcomer) -> str:
    """Return once the lock is ours with "", or with the address of the live `serve` that holds it."""
    began = time.monotonic()
    told = False
    while not _lock(file):
        owner = Owner.read(file)
        waited = time.monotonic() - began
        if owner.is_serving and owner.address and newcomer.transient:
            return owner.address
        if owner.is_serving and not newcomer.transient and waited > SETTLED_SECONDS:
            raise EmbeddedError(f"Process {owner.pid} already serves from {folder}: {REMEDY}.")
        if waited > newcomer.patience:
            raise EmbeddedError(f"{_busy(owner, folder)}: {REMEDY}.")
        if newcomer.notify and waited > SETTLED_SECONDS and not told:
            newcomer.notify(f"{_busy(owner, folder)}; waiting for it to finish.")
            told = True
        time.sleep(POLL_SECONDS)
    return ""


def _busy(owner: Owner, folder: Path) -> str:
    return f"Process {owner.pid} is using the database in {folder}"


def _lock(file: FileIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
