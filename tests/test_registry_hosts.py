"""No file names the host of a package registry: npm and pip know theirs, or are told."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Written so that they don't find themselves.
HOSTS = re.compile(rb"\b(npm[j]s\.(org|com)|yarn[p]kg\.com|py[p]i\.org|python[h]osted\.org)\b", re.IGNORECASE)


def test_no_file_names_the_host_of_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout  # noqa: S607 - the developer's git
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    if not files:
        pytest.skip("this is no checkout of git")
    assert [str(path) for path in files if path.is_file() and HOSTS.search(path.read_bytes())] == []


@pytest.mark.parametrize(
    ("host", "letter"),
    [("registry.npm_s.org", "j"), ("www.npm_s.com", "j"), ("py_i.org", "p"), ("files.python_osted.org", "h")],
)
def test_hosts_are_found(host: str, letter: str) -> None:
    assert HOSTS.search(host.replace("_", letter).encode())
