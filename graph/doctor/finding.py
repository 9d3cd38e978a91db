"""What a check finds: an outcome, what was seen, and what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from graph.condition import Condition


class Outcome(StrEnum):
    """How what was looked at is, or that nobody looked."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Finding:
    """An outcome, what was seen or why nothing was, and what to do next, unless all is well.

    `commands` mend it, each a line for a shell that runs as it stands.
    `is_prevented` is of a check that wasn't run though there is something to look at.
    """

    outcome: Outcome
    seen: str
    advice: str | None = None
    is_prevented: bool = False
    commands: tuple[str, ...] = ()


class NotRunError(Exception):
    """A check has nothing to look at; why."""


class PreventedError(Exception):
    """A check can't look at what is there; why."""


def ok(seen: str) -> Finding:
    """Return that all is well."""
    return Finding(Outcome.OK, seen)


def warning(seen: str, advice: str, commands: Iterable[str] = ()) -> Finding:
    """Return that something should be looked after, though requests are served."""
    return Finding(Outcome.WARNING, seen, advice, commands=tuple(commands))


def failed(seen: str, advice: str, commands: Iterable[str] = ()) -> Finding:
    """Return that something doesn't work."""
    return Finding(Outcome.FAILED, seen, advice, commands=tuple(commands))


def not_run(why: str) -> Finding:
    """Return that there is nothing to look at."""
    return Finding(Outcome.NOT_RUN, why)


def prevented(why: str) -> Finding:
    """Return that nobody could look."""
    return Finding(Outcome.NOT_RUN, why, is_prevented=True)


def of_condition(condition: Condition, advice: str) -> Finding:
    """Return what /health says of a part, with what to do unless all is well."""
    told = condition.detail or condition.health
    return ok(told) if condition.is_well else warning(told, advice)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return how a command ends that found these: 2 where something failed, 1 for warnings, else 0.

    A check that was prevented counts as a warning, since nobody knows; one with nothing to look at doesn't count.
    """
    found = list(findings)
    if any(each.outcome is Outcome.FAILED for each in found):
        return 2
    return int(any(each.outcome is Outcome.WARNING or each.is_prevented for each in found))
