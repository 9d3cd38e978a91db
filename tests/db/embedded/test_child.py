import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from db.embedded import child
from db.embedded.postgresql import postgresql
from db.embedded.programs import Programs

Query = Callable[..., str]
Own = Callable[..., "subprocess.Popen[str]"]
Silence = Callable[[Path], None]

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux",
    reason="changes its identity, which root can on Linux; a normal user runs all other tests as such",
)

# Docker's default profile in four BPF instructions: unshare(2) gets EPERM, all else is allowed.
REFUSE_NAMESPACES = """
import ctypes, platform, struct
number = {"x86_64": 272, "aarch64": 97}[platform.machine()]
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code))
assert ctypes.CDLL(None).prctl(22, ctypes.c_ulong(2), program, ctypes.c_ulong(0), ctypes.c_ulong(0)) == 0
"""


@needs_root
def test_where_namespaces_are_refused_root_serves_as_nobody_in_folders_closed_to_others(
    tmp_path: Path, query: Query, own: Own, await_silence: Silence
) -> None:
    directory = tmp_path / "data"
    owner = own(directory, before=REFUSE_NAMESPACES)
    data = next(directory.glob("postgresql-*"))
    assert data.stat().st_uid == child.ids_of_nobody()[0]
    with postgresql(directory, transient=True) as url:
        query(url, "CREATE TABLE kept AS SELECT 7 AS n", "SELECT 1")
    owner.kill()
    await_silence(data)
    # Where namespaces are granted, the data stays with its owner and is still served.
    with postgresql(directory, durable=False) as url:
        assert query(url, "SELECT n FROM kept") == "7"


@needs_root
def test_data_of_root_is_given_to_nobody_where_namespaces_are_refused(
    pristine: Path, programs: Programs, tmp_path: Path, query: Query, own: Own
) -> None:
    directory = Path(shutil.copytree(pristine, tmp_path / "data"))
    data = programs.data_in(directory)
    assert data.stat().st_uid == 0
    own(directory, before=REFUSE_NAMESPACES)
    assert {path.stat().st_uid for path in data.rglob("*")} == {child.ids_of_nobody()[0]}
    with postgresql(directory, transient=True) as url:
        assert query(url, "SELECT 1") == "1"


@needs_root
def test_a_normal_user_serves(tmp_path: Path, query: Query, own: Own, await_silence: Silence) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.chown(home, *child.ids_of_nobody())
    # The user's own reach may not extend to the interpreter, so it is lent root's.
    as_user = (sys.executable, child.__file__, str(os.getpid()), str(int(signal.SIGTERM)), "none", str(home))
    owner = own(home / "data", command=as_user)
    assert Path(f"/proc/{owner.pid}").stat().st_uid == child.ids_of_nobody()[0]
    data = next((home / "data").glob("postgresql-*"))
    with postgresql(home / "data", transient=True) as url:
        assert query(url, "SHOW data_directory") == str(data)
    owner.kill()
    await_silence(data)


@pytest.mark.parametrize("tie", ["kernel", "pipe"])
def test_a_program_ends_with_its_owner(tie: str, tmp_path: Path) -> None:
    if tie == "kernel" and sys.platform != "linux":
        pytest.skip("only Linux's kernel tells a child of its parent's death")
    script = f"""
import signal, sys
from pathlib import Path
from db.embedded import launcher
with Path({str(tmp_path / "log")!r}).open("wb") as output:
    started = launcher.spawn(["/bin/sleep", "600"], death_signal=signal.SIGTERM, output=output, tie={tie!r})
print(started.pid, flush=True)
sys.stdin.read()
"""
    repository = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        program = int(owner.stdout.readline())
        os.kill(program, 0)
        owner.kill()
    deadline = time.monotonic() + 5
    while _lives(program):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    """Tell a living process from one that only waits to be collected."""
    answer = subprocess.run(["/bin/ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, check=False)
    return answer.stdout.strip()[:1] not in (b"", b"Z")
