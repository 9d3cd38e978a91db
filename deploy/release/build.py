"""The sdist and the wheel of a checkout, the same bytes whenever and wherever they are built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.release.checks import UnreadyError
from graph.settings import Settings
from graph.site.graphiql import npm
from graph.site.graphiql.npm import NpmError
from graph.site.graphiql.sources import source_for

ROOT = Path(__file__).resolve().parents[2]


def build(root: Path, folder: Path, moment: int) -> Path:
    """Build both into a folder, emptied first, and return the wheel.

    Their files are dated `moment`, in seconds since 1970. The wheel is built out of the sdist, which therefore has
    all that it needs but GraphiQL: its files are fetched, each as it is pinned, so that a server that is installed
    needs no network for them. Raises UnreadyError where they can't be had.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run_hatchling(root, "sdist", folder, moment)
    [sdist] = folder.glob("*.tar.gz")
    with TemporaryDirectory(prefix="ariesone-") as empty:
        shutil.unpack_archive(sdist, empty, filter="data")
        [source] = Path(empty).iterdir()
        add_graphiql(source)
        run_hatchling(source, "wheel", folder, moment)
    [wheel] = folder.glob("*.whl")
    return wheel


def add_graphiql(source: Path) -> None:
    """Put GraphiQL's files where a wheel has them; raises UnreadyError."""
    try:
        npm.fetch(source_for(Settings().npm_registry), source / npm.PACKAGED.relative_to(ROOT))
    except NpmError as error:
        raise UnreadyError(f"GraphiQL, which the wheel brings along, isn't to be had: {error}") from error


def run_hatchling(source: Path, target: str, folder: Path, moment: int) -> None:
    """Build one of them with the hatchling that is installed here, which requirements/test.lock pins."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(command, cwd=source, env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)}, check=True)
