"""Checks of indexes: those that are missing, can't be used, aren't used, or have grown without need."""

import re
import shlex
from collections.abc import Sequence

from rich.filesize import decimal

from db.oversight import indexes
from db.oversight.indexes import OURS, Index
from graph.doctor.check import check
from graph.doctor.database import MIGRATED
from graph.doctor.finding import Finding, NotRunError, failed, ok, warning
from graph.doctor.subject import Subject

# Bytes from which an index is worth a word.
LEAST = 10 * 1024 * 1024
# Days for which uses must have been counted: some queries come once a week.
DAYS = 7
# How many times as large as needed an index may be.
TIMES = 3.0
# Names that are told of.
TOLD = 3
# What is advised together with commands.
RUN = "Run what stands below, a line each, beside running servers; it waits for open transactions."


@check("database-missing-indexes", "whether each index of this version is there", needs=MIGRATED)
async def missing(subject: Subject) -> Finding:
    """Look for indexes that somebody has dropped."""
    if found := await indexes.missing(subject.require_database()):
        return failed(
            f"{', '.join(found)}: not there, so what needs them reads whole tables",
            RUN,
            [in_shell(indexes.creating(each)) for each in found],
        )
    return ok(f"all {len(OURS)} are there")


@check("database-invalid-indexes", "whether each index can be used", needs=MIGRATED)
async def invalid(subject: Subject) -> Finding:
    """Look for indexes that were left half made."""
    found = await indexes.invalid(subject.require_database())
    broken = [each["name"] for each in found if not each["is_being_made"]]
    if broken:
        return failed(
            f"{', '.join(broken)}: left half made, so that no query uses them and each change writes them",
            f"{RUN} Names in _ccnew and _ccold are of left-overs, and are dropped.",
            [
                in_shell(indexes.dropping(each) if is_left_over(each) else indexes.rebuilding(each))
                for each in broken
            ],
        )
    return ok(f"{len(found)} being made just now" if found else "all can be used")


@check("database-double-indexes", "indexes by hand that repeat one of this version", needs=MIGRATED)
async def double(subject: Subject) -> Finding:
    """Look for second indexes of the same, which each change writes in vain."""
    found = await indexes.repeated(subject.require_database())
    if found:
        return warning(
            "; ".join(f"{each['name']} repeats {each['original']}" for each in found),
            f"{RUN} Left-overs of REINDEX CONCURRENTLY end in _ccnew.",
            [in_shell(indexes.dropping(each["name"])) for each in found],
        )
    return ok("none repeats another")


@check("database-unused-indexes", "indexes by hand that no query uses", needs=MIGRATED)
async def unused(subject: Subject) -> Finding:
    """Look for indexes that cost each change something, and help nobody."""
    database = subject.require_database()
    days = await indexes.counted_for(database) / 86_400
    if days < DAYS:
        raise NotRunError(f"uses have been counted for {days:.1f} days only; it takes {DAYS}")
    found = await indexes.unused(database, LEAST)
    if foreign := [each for each in found if each["name"] not in OURS]:
        return warning(
            f"{told(foreign)}: used by no query in {days:.0f} days",
            "No version of this project made them: ask who did, then DROP INDEX CONCURRENTLY.",
        )
    if found:
        return ok(f"{told(found)}: nobody has asked for what they are for in {days:.0f} days; they belong here")
    return ok(f"each large one was used in {days:.0f} days")


@check("database-bloat", "indexes that are much larger than their rows need", needs=MIGRATED)
async def bloat(subject: Subject) -> Finding:
    """Look for B-trees that have grown, as after many rows were removed."""
    found = await indexes.bloated(subject.require_database(), LEAST, TIMES)
    if found:
        needed = sum(each["needed"] for each in found)
        return warning(
            f"{told(found)}: some {decimal(needed)} would do",
            RUN,
            [in_shell(indexes.rebuilding(each["name"])) for each in found],
        )
    return ok(f"no large one is {TIMES:g} times as large as needed")


def is_left_over(name: str) -> bool:
    """Return whether an index is what an interrupted REINDEX CONCURRENTLY left beside the one it was for."""
    return re.search(r"_cc(new|old)\d*$", name) is not None


def in_shell(statement: str) -> str:
    """Return a command that runs a statement by itself: these can't run in a transaction, as several would."""
    return shlex.join(["ariesone", "db", "shell", "-c", f"{statement};"])


def told(found: Sequence[Index]) -> str:
    """Return which indexes, the largest of them by name, and what all take."""
    names = ", ".join(each["name"] for each in found[:TOLD])
    more = f" and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return f"{names}{more} ({decimal(sum(each['bytes'] for each in found))})"
