"""Runs checks side by side, each within its time, and tells what each found."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg
from redis.exceptions import RedisError

from db.failures import DatabaseUnavailableError, words_of
from graph.doctor.cache import REACHABLE as CACHE
from graph.doctor.check import Check
from graph.doctor.database import REACHABLE as DATABASE
from graph.doctor.finding import Finding, NotRunError, Outcome, PreventedError, not_run, prevented
from graph.doctor.subject import Subject


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found, and how many seconds that took."""

    check: Check
    finding: Finding
    seconds: float


async def examine(
    checks: Sequence[Check], subject: Subject, tell: Callable[[Result], None] = lambda _: None
) -> list[Result]:
    """Run checks, and return what each found in their order; `tell` is called with each as it ends."""
    running: dict[str, asyncio.Task[Result]] = {}
    for each in checks:
        running[each.id] = asyncio.create_task(examined(each, subject, running, tell))
    try:
        return await asyncio.gather(*running.values())
    finally:
        for task in running.values():
            task.cancel()


async def examined(
    check: Check, subject: Subject, others: Mapping[str, asyncio.Task[Result]], tell: Callable[[Result], None]
) -> Result:
    """Run a check, unless one of the others that it needs hasn't come out well, and tell what it found."""
    began = time.monotonic()
    needed = others.get(check.needs or "")
    finding = None if needed is None else reason_of(await needed)
    if finding is None:
        async with subject.turns:
            began = time.monotonic()
            finding = await look(check, subject)
    result = Result(check, finding, time.monotonic() - began)
    tell(result)
    return result


def reason_of(needed: Result) -> Finding | None:
    """Return why a check isn't run that needs another one; None where it can be."""
    if needed.finding.outcome is Outcome.FAILED:
        return prevented(f"see {needed.check.id}")
    if needed.finding.outcome is Outcome.NOT_RUN:
        return Finding(Outcome.NOT_RUN, needed.finding.seen, is_prevented=needed.finding.is_prevented)
    return None


async def look(check: Check, subject: Subject) -> Finding:
    """Return what a check finds within its time."""
    try:
        async with asyncio.timeout(check.deadline):
            return await check.look(subject)
    except NotRunError as error:
        return not_run(str(error))
    except Exception as error:  # noqa: BLE001 - whatever keeps one from looking, the others look
        return prevented(words_for(error, check))


def words_for(error: Exception, check: Check) -> str:
    """Return what keeps a check from looking, and which other check says more."""
    match error:
        case PreventedError():
            return str(error)
        case asyncpg.InsufficientPrivilegeError():
            return f"this role of PostgreSQL may not look: {error}"
        case DatabaseUnavailableError():
            return f"{error}; see {DATABASE}"
        case RedisError():
            return f"{error}; see {CACHE}"
        case TimeoutError():
            return f"no answer within {check.deadline:g} s"
    return words_of(error)
