"""This server as it was at another commit, in an environment of its own."""

import io
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Checkout:
    """A commit's short name, its `ariesone` program, and the setting that has it keep no answers."""

    commit: str
    program: Path
    caching: str = "CACHE_SECONDS"


def checkout(commit: str, folder: Path) -> Checkout:
    """Return a commit's program, installed under `folder` where it isn't there yet."""
    short = _git("rev-parse", "--short", "--verify", f"{commit}^{{commit}}").decode().strip()
    place = folder / "commits" / short
    stamp = place / "installed"
    if not stamp.exists():
        print(f"Installing this server as it was at {short}.", flush=True)
        shutil.rmtree(place, ignore_errors=True)
        _install(short, place)
        stamp.touch()
    return Checkout(short, place / "venv" / "bin" / "ariesone", _caching_in(place / "tree"))


def _caching_in(tree: Path) -> str:
    """The setting that has a commit keep no answers, which was renamed once."""
    sources = (tree / "graph").rglob("*.py")
    has_old_name = any("answer_cache_seconds" in each.read_text(encoding="utf-8") for each in sources)
    return "ANSWER_CACHE_SECONDS" if has_old_name else "CACHE_SECONDS"


def _install(commit: str, place: Path) -> None:
    tree, venv = place / "tree", place / "venv"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(tree, filter="data")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip: list[str | Path] = [venv / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--editable", tree], check=True)


def _git(*words: str) -> bytes:
    found = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, check=False)
    if found.returncode:
        sys.exit(f"git {' '.join(words)}: {found.stderr.decode().strip()}")
    return found.stdout
