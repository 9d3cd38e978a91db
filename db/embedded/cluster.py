"""Makes a PostgreSQL data directory: whole or not at all, with our user and database in it."""

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from db.embedded import launcher
from db.embedded.errors import EmbeddedError
from db.embedded.programs import Programs

USER = "ariesone"
DATABASE = "ariesone"

# PostgreSQL 17 brought the builtin locale provider: C.UTF-8 by code point, without ICU.
FIRST_WITH_BUILTIN_LOCALE = 17
BUILTIN_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")

# What is still asked of the C library, which need not have C.UTF-8 (older glibc and macOS, a bare chroot).
WIDE = "--locale=C.UTF-8"
PLAIN = "--locale=C"


def create(programs: Programs, data: Path, *, durable: bool) -> None:
    """Make `data` beside its place and rename it there, so an interrupted attempt leaves nothing in its name.

    Raises:
        EmbeddedError: initdb failed.
    """
    for abandoned in data.parent.glob(f"{data.name}.new-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{data.name}.new-", dir=data.parent))
    run = partial(launcher.run, data=fresh, libraries=programs.libraries)
    _initialise(programs, fresh, run)
    run(_single_user(programs, fresh), text=f"CREATE DATABASE {DATABASE} STRATEGY file_copy\n")
    if durable:
        run([programs.folder / "initdb", "-D", fresh, "--sync-only"])
    fresh.rename(data)
    if durable:
        _sync_folder(data.parent)


def _initialise(programs: Programs, fresh: Path, run: Callable[[launcher.Command], None]) -> None:
    if programs.major < FIRST_WITH_BUILTIN_LOCALE:
        run(_initdb(programs, fresh, PLAIN))
        return
    try:
        run(_initdb(programs, fresh, *BUILTIN_LOCALE, WIDE))
    except EmbeddedError as error:
        if "invalid locale name" not in str(error):
            raise
        run(_initdb(programs, fresh, *BUILTIN_LOCALE, PLAIN))


def _initdb(programs: Programs, fresh: Path, *locale: str) -> launcher.Command:
    # The socket's folder is closed to other users, so whoever reaches it is trusted.
    access = [f"--username={USER}", "--auth-local=trust", "--auth-host=reject"]
    speed = ["--no-sync", "--no-instructions"]
    return [programs.folder / "initdb", "-D", fresh, "--encoding=UTF8", *locale, *access, *speed]


def _single_user(programs: Programs, fresh: Path) -> launcher.Command:
    settings = ["-c", "fsync=off", "-c", "exit_on_error=on"]
    return [programs.folder / "postgres", "--single", "-D", fresh, *settings, "template1"]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
