"""Checks of what was loaded: how old it is, what is missing between files, which lists were never loaded."""

from datetime import UTC, datetime

from db import loads
from graph.doctor.check import check
from graph.doctor.database import MIGRATED
from graph.doctor.finding import Finding, NotRunError, ok, warning
from graph.doctor.subject import Subject

# Days since the last one that a file covers: CMS publishes a file each week.
OLD = 21
# Gaps that are told of.
TOLD = 3
# What else the directory is filled with, and what is missing without it.
LISTS = {
    "ZIPS": "ZIPs (`ariesone load zips`): nothing is found by place",
    "TAXONOMIES": "taxonomies (`ariesone load taxonomies`): codes have no names",
}


@check("dataset-age", "how old the registry's newest file is", needs=MIGRATED)
async def age(subject: Subject) -> Finding:
    """Look at the newest file of companies."""
    newest = await loads.newest(subject.require_database())
    if newest is None:
        return warning(
            "nothing was ever loaded", "`ariesone load nppes PATH`; docs/loading.md says where files are."
        )
    if newest["source"] != "NPPES":
        told = "the companies are invented ones"
        if subject.settings.environment == "production":
            return warning(told, "`ariesone load nppes PATH` takes them out and real ones in.")
        return ok(told)
    days = (datetime.now(UTC).date() - newest["period_end"]).days
    told = f"{newest['file_name']} covers the time up to {days:,} days ago"
    if days > OLD:
        return warning(told, "Load the weekly files since then, or the newest monthly one: docs/loading.md.")
    return ok(told)


@check("dataset-gaps", "whether the files that were loaded follow each other without a gap", needs=MIGRATED)
async def gaps(subject: Subject) -> Finding:
    """Look for days between files that no file covers."""
    files = await loads.periods(subject.require_database())
    if not files:
        raise NotRunError("no file of the registry was loaded")
    if not files[0]["is_full"]:
        return warning(
            "no monthly file was loaded: what hasn't changed since isn't here",
            "Load the newest monthly file too: files load in any order.",
        )
    if found := [f"{each['since']} to {each['until']}" for each in files if each["since"] is not None]:
        more = f" and {len(found) - TOLD} more" if len(found) > TOLD else ""
        return warning(
            f"no file covers {', '.join(found[:TOLD])}{more}",
            "Load the weekly files of these days, or the next monthly one, which covers all.",
        )
    return ok(f"each day up to {files[-1]['last']} is covered")


@check("dataset-lists", "whether ZIPs and taxonomies were loaded", needs=MIGRATED)
async def lists(subject: Subject) -> Finding:
    """Look for the files that say where ZIPs are, and what codes stand for."""
    newest = {row["file_kind"]: row for row in await loads.newest_of_each_kind(subject.require_database())}
    absent = [words for kind, words in LISTS.items() if kind not in newest]
    if not absent:
        return ok("both were")
    if "COMPANIES" in newest and newest["COMPANIES"]["source"] == "SAMPLE":
        return ok("the sample has the ZIPs of its places; its codes have names once taxonomies are loaded")
    return warning(f"never loaded: {'; '.join(absent)}", "docs/loading.md says where the files are.")
