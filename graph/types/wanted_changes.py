"""Which changes a listener wants: those that pass a filter, of the companies that a watch list finds by then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import strawberry

from db import watch_filters
from db.changes import Filter
from db.watch_lists import WatchList
from graph.context import Context
from graph.types import scalars
from graph.types.change_feed import ChangesLike
from graph.types.change_filter import change_filter
from graph.types.examples import A_WATCH_LIST
from graph.types.scalars import NPI
from graph.types.watch_list import WATCH_LISTS

OfCompanies = Annotated[
    list[NPI] | None, strawberry.argument(description="Only changes of these companies; of all if left out.")
]
OfList = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        directives=[A_WATCH_LIST],
        description=(
            "The `id` of your watch list: only changes of companies that it finds, or found before the change. "
            "Edits of the list apply from then on; if you delete it, the subscription ends with NOT_FOUND."
        ),
    ),
]


@dataclass(frozen=True, slots=True)
class WantedChanges:
    """A filter, and the UUID of the viewer's watch list besides, if any."""

    context: Context
    only: Filter
    watch_list: str | None

    async def now(self) -> Filter:
        """The filter with what the list finds by now; raises NotFoundError where the viewer has no such list."""
        if self.watch_list is None:
            return self.only
        [row] = await WATCH_LISTS.by_uuids(self.context, [self.watch_list])
        if row is None:
            raise scalars.not_found(WATCH_LISTS.name, "watchList")
        return in_list(self.only, row)


async def wanted_changes(
    context: Context, given: ChangesLike, npis: Sequence[str] | None = None, watch_list: str | None = None
) -> WantedChanges:
    """What is wanted by a filter, companies and a list's id, all of which must hold; raises BadUserInputError."""
    only = await change_filter(context.database, given, npis)
    uuid = None if watch_list is None else str(scalars.watch_list_uuid(watch_list, "watchList"))
    return WantedChanges(context, only, uuid)


def in_list(only: Filter, row: WatchList) -> Filter:
    """A filter for what passes it and is in a list besides."""
    if row["filter"] is None:
        return replace(only, watch_list=row["id"])
    return replace(only, facets=[*only.facets, *watch_filters.facets_of(row["filter"])])
