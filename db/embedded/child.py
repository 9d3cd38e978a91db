"""What a started process does before it becomes the program: leave root, and bind its life to its owner's.

Run as a script by path, with nothing but the standard library, so it starts in some 20 ms.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

# linux/sched.h, linux/prctl.h, linux/securebits.h, linux/capability.h
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def main(owner: int, death_signal: int, tie: str, data: str, command: list[str]) -> None:
    """Become `command`; `data` is the folder it writes if it refuses to run as root, else empty."""
    # A shell starts a background job with SIGINT ignored, and that would pass to the program.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if data and os.geteuid() == 0:
        try:
            leave_root(Path(data), command[0])
        except OSError as error:
            sys.exit(f"error: PostgreSQL refuses root, and root may not become another user here: {error}")
    # After leaving root, never before: the kernel forgets the death signal when the identity changes.
    if tie == "kernel":
        die_with(owner, death_signal)
    elif tie == "pipe":
        watch_standard_input(death_signal)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def leave_root(data: Path, program: str) -> None:
    """Take an identity that PostgreSQL accepts, which owns `data` and may reach it."""
    owner = data.stat()
    if owner.st_uid != 0:
        become(owner.st_uid, owner.st_gid)
    elif namespace_serves(data, program):
        enter_namespace()
    else:
        nobody = ids_of_nobody()
        give_away(data, *nobody)
        become(*nobody)


def ids_of_nobody() -> tuple[int, int]:
    """Return uid and gid of `nobody`; initdb asks that the user it runs as has a name."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def namespace_serves(data: Path, program: str) -> bool:
    """Try in a process of its own whether a namespace is granted, and reaches both paths from within.

    A chroot and Docker's default seccomp profile refuse it, and inside it root no longer passes
    the closed home folder of another user.
    """
    trial = os.fork()
    if trial == 0:
        with contextlib.suppress(OSError):
            enter_namespace()
            os._exit(0 if os.access(data, os.W_OK | os.X_OK) and os.access(program, os.X_OK) else 1)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(trial, 0)[1]) == 0


def enter_namespace() -> None:
    """Be `nobody` to oneself while staying root, without its powers, to the file system."""
    uid, gid = os.geteuid(), os.getegid()
    inner_uid, inner_gid = ids_of_nobody()
    call("unshare", CLONE_NEWUSER)
    # user_namespaces(7): gid_map may be written only after setgroups is denied.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{inner_uid} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{inner_gid} {gid} 1", encoding="ascii")


def give_away(data: Path, uid: int, gid: int) -> None:
    """Give the folder and all in it to another user, itself last so that half a walk is walked again."""
    for path in data.rglob("*"):
        os.chown(path, uid, gid, follow_symlinks=False)
    os.chown(data, uid, gid)


def become(uid: int, gid: int) -> None:
    """Become this user, who still reads and writes what root may, so no folder above must be opened."""
    call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    with contextlib.suppress(OSError):
        # Else access(2), by which PostgreSQL looks for its own files, would not count the capability.
        call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    with contextlib.suppress(OSError):
        keep_file_access()


def keep_file_access() -> None:
    """Carry CAP_DAC_OVERRIDE, and nothing else, over the coming execve (capabilities(7), "ambient")."""
    mask = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # Two triples of effective, permitted, inheritable: capabilities 0 to 31, then 32 to 63.
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    call("capset", header, sets)
    call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def die_with(owner: int, death_signal: int) -> None:
    """Ask the kernel for `death_signal` when the thread that started us ends."""
    call("prctl", PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    # In this order, or an owner that dies between the two lines leaves us behind.
    if os.getppid() != owner:
        sys.exit("The owner has ended.")


def watch_standard_input(death_signal: int) -> None:
    """Leave a watcher beside us that signals when the owner's end of our standard input closes."""
    program = os.getpid()
    if os.fork() == 0:
        while os.read(0, 1):
            pass
        with contextlib.suppress(ProcessLookupError):
            os.kill(program, death_signal)
        os._exit(0)


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library; -1 is raised as the OSError it stands for."""
    words = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*words) == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
