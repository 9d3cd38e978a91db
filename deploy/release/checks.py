"""What must be true of a checkout before it is released."""

import hashlib
import re
import subprocess
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path


class UnreadyError(Exception):
    """The checkout can't be released; the message says what to do first."""


def check(root: Path, version: str) -> int:
    """Return when the commit that is released was made, in seconds since 1970; raises UnreadyError."""
    declared = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if declared != version:
        raise UnreadyError(f"pyproject.toml is at version {declared}, not {version}.")
    if problem := undated(first_section(root), version):
        raise UnreadyError(problem)
    if problem := unrecorded(root, version):
        raise UnreadyError(problem)
    if changed := git(root, "status", "--porcelain"):
        raise UnreadyError(f"commit or remove these first:\n{changed}")
    if git(root, "tag", "--list", f"v{version}"):
        raise UnreadyError(f"there is a tag v{version} already; a version is released once.")
    return int(git(root, "log", "-1", "--format=%ct"))


def first_section(root: Path) -> str:
    """Return the first heading below the title of the changelog, without its number signs."""
    found = re.search(r"^## (.*)$", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    return found[1].strip() if found else ""


def undated(heading: str, version: str) -> str | None:
    """Return why a heading isn't that of a version on a day that has come; None where it is."""
    wanted = f"the newest section of CHANGELOG.md must be `## {version} - YYYY-MM-DD`"
    name, _, day = heading.partition(" - ")
    if name != version or not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        return f"{wanted}; it is `## {heading}`."
    try:
        is_future = date.fromisoformat(day) > datetime.now(UTC).date()
    except ValueError:
        return f"{wanted}; there is no day {day}."
    return f"{wanted}, and {day} is in the future." if is_future else None


def unrecorded(root: Path, version: str) -> str | None:
    """Return why a version's changes of the schema aren't recorded; None where they are."""
    wanted = f"run `ariesone schema release {version}`, and commit what it writes below docs/"
    record = tomllib.loads((root / "docs" / "schema-changes.toml").read_text("utf-8"))
    newest = next(iter(record.get("release", ())), None)
    if newest is None or newest["version"] != version:
        return f"how the schema changed isn't recorded: {wanted}."
    schema = (root / "schema.graphql").read_bytes()
    if newest["sha256"] != hashlib.sha256(schema).hexdigest():
        return f"the schema changed after it was recorded: undo what was written for {version}, {wanted}."
    return None


def git(root: Path, *words: str) -> str:
    """Return what git prints in a checkout; raises UnreadyError where it fails."""
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnreadyError(done.stderr.strip())
    return done.stdout.rstrip()
