"""What is in a release: a bill of materials in the form of CycloneDX, and the sums of its files."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path


def write_bill(python: Path, project: Path, file: Path, moment: int) -> None:
    """Write which packages, in which versions and under which licences, an environment has; dated `moment`."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", str(python), "--pyproject", str(project)]
    form = ["--output-reproducible", "--output-format", "JSON", "--output-file", str(file)]
    subprocess.run([*command, *form], env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)}, check=True)


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of each file of a folder into SHA256SUMS, which `sha256sum --check` reads."""
    files = sorted(file for file in folder.iterdir() if file.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")
