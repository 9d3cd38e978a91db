"""Sources are a closed set: one that is added without a branch for it fails the type checker."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

ADDED = '''
@dataclass(frozen=True, slots=True)
class Extra:
    """A source that nobody knows how to run."""


# What the schema says'''


@pytest.mark.slow
def test_a_source_without_a_branch_fails_the_type_checker(tmp_path: Path) -> None:
    for name in ("graph", "db"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    sources = tmp_path / "graph" / "execution" / "sources.py"
    text = sources.read_text(encoding="utf-8")
    assert "\n# What the schema says" in text
    text = text.replace("\n# What the schema says", ADDED, 1)
    sources.write_text(text.replace("Source = Declared |", "Source = Extra | Declared |", 1), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "graph/execution", "--follow-imports", "silent"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    missed = {line.partition(":")[0] for line in done.stdout.splitlines() if '"Extra"' in line}
    assert done.returncode == 1
    wanted = {"compile", "interpret", "plan", "sources"}
    assert missed == {f"graph/execution/{name}.py" for name in wanted}, done.stdout
