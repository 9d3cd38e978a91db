"""`make release`, run in a clone: its files are whole, always the same, and say what is in them."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from deploy.release.build import build
from graph.site.graphiql import npm

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
VERSION = version("ariesone")
# Of this project alone, which the lock has nothing of.
OWN = {"ariesone"}


def git(folder: Path, *words: str) -> str:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S607 - the developer's git
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with what is here, made ready: the changelog has a day, and the schema is recorded."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    folder = tmp_path_factory.mktemp("release") / "clone"
    git(ROOT, "clone", "--quiet", str(ROOT), str(folder))
    changelog = folder / "CHANGELOG.md"
    dated = f"## {VERSION} - {datetime.now(UTC).date()}"
    changelog.write_text(re.sub(r"^## .*", dated, changelog.read_text("utf-8"), count=1, flags=re.MULTILINE))
    recorded = [sys.executable, "-m", "graph", "schema", "release", VERSION]
    subprocess.run(recorded, cwd=folder, check=True, capture_output=True)
    git(folder, "commit", "--quiet", "--allow-empty", "--all", "--message", "Release")
    return folder


@pytest.fixture(scope="module")
def released(clone: Path) -> Path:
    """The folder of a release."""
    # The tag is annotated by whoever releases.
    git(clone, "config", "user.name", "a")
    git(clone, "config", "user.email", "a@example.com")
    command = [sys.executable, "-m", "deploy.release", VERSION]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "serves a sample of 100 companies in an empty environment" in done.stdout
    return clone / "dist" / VERSION


def test_it_is_an_sdist_a_wheel_a_bill_of_materials_and_their_sums(clone: Path, released: Path) -> None:
    files = {f"ariesone-{VERSION}{end}" for end in (".tar.gz", "-py3-none-any.whl", ".cdx.json")}
    assert {file.name for file in released.iterdir()} == files | {"SHA256SUMS"}
    sums = [line.split("  ") for line in (released / "SHA256SUMS").read_text().splitlines()]
    assert {name: digest for digest, name in sums} == {
        name: hashlib.sha256((released / name).read_bytes()).hexdigest() for name in files
    }
    assert git(clone, "describe", "--exact-match").strip() == f"v{VERSION}"


def test_the_wheel_has_all_that_serving_needs(released: Path) -> None:
    [wheel] = released.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = git(ROOT, "ls-files", "graph", "db", "migrations", "docs").splitlines()
    wanted = {re.sub(r"^docs/", "graph/site/pages/", name) for name in tracked}
    wanted |= {f"graph/site/pages/{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY")}
    wanted |= {f"graph/site/graphiql/files/{name}" for name in npm.NAMES}
    assert {name for name in names if ".dist-info/" not in name} == wanted
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_it_is_the_same_bytes_when_it_is_built_again(clone: Path, released: Path, tmp_path: Path) -> None:
    moment = int(git(clone, "log", "-1", "--format=%ct"))
    # As in another clone, at another time.
    for file in clone.rglob("*.py"):
        file.touch()
    build(clone, tmp_path / "again", moment)
    for again in (tmp_path / "again").iterdir():
        assert again.read_bytes() == (released / again.name).read_bytes(), again.name


def components(released: Path) -> dict[str, dict[str, Any]]:
    [bill] = released.glob("*.cdx.json")
    return {each["name"]: each for each in json.loads(bill.read_text())["components"]}


def test_the_bill_has_each_package_that_serving_pins_in_that_version_and_no_other(released: Path) -> None:
    lock = (ROOT / "requirements" / "serve.lock").read_text("utf-8")
    pins = re.findall(r"^([a-z0-9-]+)==([^ ]+)( ;)?", lock, re.MULTILINE)
    found = {re.sub(r"[-_.]+", "-", name).lower(): each["version"] for name, each in components(released).items()}
    scripts = {package.name: package.version for package in npm.PACKAGES}
    assert scripts.items() <= found.items()
    others = set(found) - OWN - set(scripts)
    assert {(name, found[name]) for name in others} <= {(name, pinned) for name, pinned, _ in pins}
    # What is for another Python or system needn't be there.
    assert {name for name, _, marker in pins if not marker} <= set(found)


def test_the_bill_tells_licences_what_needs_what_and_nothing_of_the_machine(released: Path) -> None:
    [file] = released.glob("*.cdx.json")
    bill = json.loads(file.read_text())
    assert bill["metadata"]["component"]["version"] == VERSION
    licensed = [each for each in components(released).values() if each.get("licenses")]
    assert len(licensed) > 0.9 * len(bill["components"])
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    own = needs[bill["metadata"]["component"]["bom-ref"]]
    assert any(need.startswith("asyncpg") for need in own)
    assert {f"pkg:npm/{package.name}@{package.version}" for package in npm.PACKAGES} <= set(own)
    assert str(released.parents[3]) not in file.read_text()
    assert "file:" not in file.read_text()
