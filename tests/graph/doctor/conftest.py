"""A check run by itself, with the settings of the test alone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.doctor.checks import CHECKS
from graph.doctor.examination import examine
from graph.doctor.finding import Finding, Outcome
from graph.doctor.subject import Given, opened
from graph.settings import Settings

Find = Callable[..., Awaitable[Finding]]

# How many times as long as in earnest a check may take: others want the machine too.
PATIENCE = 10

# Where nobody listens.
NOWHERE = "postgresql://ariesone@127.0.0.1:1/ariesone?sslmode=disable"


async def found_by(id_: str, given: Given | None = None, **settings: Any) -> Finding:
    """Run the check with an id, without those that it needs."""
    [check] = [each for each in CHECKS if each.id == id_]
    async with opened(Settings(_env_file=None, **settings), given or Given()) as subject:
        [result] = await examine([replace(check, deadline=check.deadline * PATIENCE)], subject)
    return result.finding


@pytest.fixture
def find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Find:
    """Run checks in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return found_by


def is_ok(finding: Finding, seen: str = "") -> None:
    """Hold that all is well, and that this is said."""
    assert finding.outcome is Outcome.OK, finding
    assert finding.advice is None
    assert seen in finding.seen


def warns(finding: Finding, seen: str, advice: str = "") -> None:
    """Hold that a check warns, that this is said, and what to do."""
    assert finding.outcome is Outcome.WARNING, finding
    assert seen in finding.seen
    assert advice in (finding.advice or "")


def fails(finding: Finding, seen: str, advice: str = "") -> None:
    """Hold that a check fails, that this is said, and what to do."""
    assert finding.outcome is Outcome.FAILED, finding
    assert seen in finding.seen
    assert advice in (finding.advice or "")


def is_absent(finding: Finding, why: str) -> None:
    """Hold that there is nothing to look at, for this reason."""
    assert (finding.outcome, finding.is_prevented) == (Outcome.NOT_RUN, False), finding
    assert why in finding.seen


def is_prevented(finding: Finding, why: str) -> None:
    """Hold that a check can't look, for this reason."""
    assert (finding.outcome, finding.is_prevented) == (Outcome.NOT_RUN, True), finding
    assert why in finding.seen
