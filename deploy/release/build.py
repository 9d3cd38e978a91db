"""The sdist and the wheel of a checkout, the same bytes whenever and wherever they are built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory


def build(root: Path, folder: Path, moment: int) -> Path:
    """Build both into a folder, emptied first, and return the wheel.

    Their files are dated `moment`, in seconds since 1970. The wheel is built out of the sdist, which therefore has
    all that it needs.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run_hatchling(root, "sdist", folder, moment)
    [sdist] = folder.glob("*.tar.gz")
    with TemporaryDirectory(prefix="ariesone-") as empty:
        shutil.unpack_archive(sdist, empty, filter="data")
        [source] = Path(empty).iterdir()
        run_hatchling(source, "wheel", folder, moment)
    [wheel] = folder.glob("*.whl")
    return wheel


def run_hatchling(source: Path, target: str, folder: Path, moment: int) -> None:
    """Build one of them with the hatchling that is installed here, which requirements/test.lock pins."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(command, cwd=source, env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)}, check=True)
