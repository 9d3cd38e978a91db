"""What the directory contains, and as of when."""

from datetime import date, datetime
from typing import Any

import strawberry

from db import companies, loads, locations
from db.filters import EVERYTHING
from graph.cache.tags import every_tag
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.cost import ListSize
from graph.directives.example import Example
from graph.resolvers import depends_on, reads, single
from graph.types import paging
from graph.types.change_feed import newest_change
from graph.types.enums import FileKind, RecordSource
from graph.types.examples import A_CHANGE
from graph.types.paging import Count, TotalCount

# A file a kind.
KINDS = ListSize(assumed_size=len(FileKind), slicing_arguments=[], sized_fields=[])


@strawberry.type(
    description="The newest file of one kind that was loaded into the directory.", directives=[INHERITED]
)
class LoadedFile:
    """A row of loads."""

    kind: FileKind = strawberry.field(description="What the file is about.")
    file_name: str = strawberry.field(
        directives=[Example(value="npidata_pfile_20260101-20261108.csv")], description="The file's name."
    )
    is_full: bool = strawberry.field(description="Whether it replaces everything before it, or only adds to it.")
    period_start: date | None = strawberry.field(description="The first day that the file covers.")
    period_end: date | None = strawberry.field(
        description="The last day that the file covers: data of its kind is as of this day."
    )
    loaded_at: datetime = strawberry.field(description="When it was loaded.")


@strawberry.type(description="What was loaded into the directory.", directives=[INHERITED])
class Release:
    """The newest file of companies, and of each other kind."""

    file_name: str = strawberry.field(description="The file's name.")
    source: RecordSource = strawberry.field(description="Whether it is the registry's or the built-in sample.")
    is_full: bool = strawberry.field(description="Whether it replaces everything before it, or only adds to it.")
    period_start: date | None = strawberry.field(description="The first day that the file covers.")
    period_end: date | None = strawberry.field(
        description="The last day that the file covers: answers are as of this day."
    )
    loaded_at: datetime = strawberry.field(description="When it was loaded.")
    changed_at: datetime = strawberry.field(
        description="When the last of `files` was loaded: time to read on if you keep a copy."
    )
    files: list[LoadedFile] = strawberry.field(
        description="The newest file of each kind, by kind.", directives=[KINDS]
    )


@single
@depends_on(every_tag)
async def newest_release(context: Context) -> Any:  # noqa: ANN401 - a row of loads, with those of other kinds
    """Return the newest file of companies, and of each other kind."""
    files = await loads.newest_of_each_kind(context.database)
    companies_file = next((file for file in files if file["file_kind"] == "COMPANIES"), None)
    if companies_file is None:
        return None
    listed = [{**file, "kind": file["file_kind"]} for file in files]
    return {**companies_file, "changed_at": max(file["loaded_at"] for file in files), "files": listed}


@single
@depends_on(every_tag, is_dear=True)
async def total_companies(context: Context) -> Any:  # noqa: ANN401 - a Count
    """Return how many companies the directory holds."""
    return await all_companies(context)


@single
@depends_on(every_tag, is_dear=True)
async def total_locations(context: Context) -> Any:  # noqa: ANN401 - a Count
    """Return how many locations the directory holds."""
    number = await locations.count(context.database, EVERYTHING, paging.MOST_COUNTED)
    return await whole(context, "locations", number)


async def all_companies(context: Context) -> Count:
    """Return how many companies there are."""
    number = await companies.count(context.database, EVERYTHING, paging.MOST_COUNTED)
    return await whole(context, "companies", number)


async def whole(context: Context, table: str, number: int) -> Count:
    """Return a whole table's count: `number` where counting got to the end, else the statistics."""
    if number <= paging.MOST_COUNTED:
        return paging.counted(number, paging.MOST_COUNTED)
    estimate = (await loads.estimates(context.database))[table]
    return {"value": max(estimate, number), "precision": "ESTIMATED"}


@strawberry.type(description="What the directory contains, and as of when.", directives=[INHERITED])
class DatasetInfo:
    """The newest release and how much there is."""

    release: Release | None = strawberry.field(
        resolver=newest_release, description="The newest file of companies; null in an empty directory."
    )
    cursor: str = strawberry.field(
        resolver=newest_change,
        directives=[A_CHANGE],
        description="The cursor of the last change: read what you want, then follow `changes(after:)` from here.",
    )
    companies: TotalCount = strawberry.field(
        resolver=total_companies, directives=[paging.COUNTED], description="How many companies there are."
    )
    locations: TotalCount = strawberry.field(
        resolver=total_locations, directives=[paging.COUNTED], description="How many locations there are."
    )


@reads()
def dataset() -> Any:  # noqa: ANN401 - nothing is read before a field is asked for
    """Return the directory; each field reads what it needs."""
    return {}
