"""What requirements/*.lock pins is what pyproject.toml asks for, and all that this asks for in its turn."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SERVE = [Requirement(each) for each in PROJECT["dependencies"]]
TEST = [Requirement(each) for each in PROJECT["optional-dependencies"]["test"]]
REPORTING = [Requirement(each) for name in ("sentry", "traces") for each in PROJECT["optional-dependencies"][name]]
WANTED = {"serve": SERVE, "reporting": [*SERVE, *REPORTING], "test": [*SERVE, *TEST, *REPORTING]}

PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?P<rest>.*(?:\n    --hash=.*)*)", re.MULTILINE)


def text_of(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.lock").read_text("utf-8")


def pins(lock: str) -> dict[str, Version]:
    return {match["name"]: Version(match["version"]) for match in PIN.finditer(text_of(lock))}


def wanted_by(requirement: Requirement) -> list[Requirement]:
    """What a requirement of ours asks for in its turn, with its extras, on this Python and system."""
    found = [Requirement(each) for each in distribution(requirement.name).requires or ()]
    extras = requirement.extras or {""}
    return [
        each
        for each in found
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)
    ]


def is_met(requirement: Requirement, version: Version | None) -> bool:
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def closure(requirements: list[Requirement]) -> list[Requirement]:
    """The requirements and all that they ask for, each once."""
    found: dict[str, Requirement] = {}
    open_ = list(requirements)
    while open_:
        requirement = open_.pop()
        if str(requirement) not in found:
            found[str(requirement)] = requirement
            open_ += wanted_by(requirement)
    return list(found.values())


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_has_all_that_is_asked_for_in_a_version_that_is_allowed(lock: str) -> None:
    pinned = pins(lock)
    wrong = {
        str(requirement): version
        for requirement in closure(WANTED[lock])
        if not is_met(requirement, version := pinned.get(canonicalize_name(requirement.name)))
    }
    assert not wrong, "run `make lock`"


@pytest.mark.parametrize("lock", WANTED)
def test_every_pin_has_its_hashes_and_names_no_place(lock: str) -> None:
    text = text_of(lock)
    entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(entries) == len(pins(lock))
    assert all("--hash=sha256:" in match["rest"] for match in PIN.finditer(text))
    assert "/" not in text


@pytest.mark.parametrize("lock", ["serve", "reporting"])
def test_what_serves_has_the_versions_that_are_tested(lock: str) -> None:
    tested = pins("test")
    assert {name: tested.get(name) for name in pins(lock)} == pins(lock)


def test_what_tells_other_systems_is_installed_where_it_is_asked_for_alone() -> None:
    optional = {canonicalize_name(each.name) for each in REPORTING}
    assert optional <= pins("reporting").keys()
    assert not optional & pins("serve").keys()


@pytest.mark.parametrize("name", ["graphql-core", "httptools", "strawberry-graphql", "uvicorn"])
def test_packages_whose_inside_is_used_are_pinned_for_the_wheel_too(name: str) -> None:
    (requirement,) = (each for each in SERVE if each.name == name)
    assert [specifier.operator for specifier in requirement.specifier] == ["=="]
