"""Watch lists: the companies that a partner wants to hear of, by their numbers or by a filter."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

import strawberry

from db import companies, licenses, watch_filters, watch_lists, watched_changes
from db.columns import Asked
from db.filters import EVERYTHING, Condition, Group
from db.pages import Page, Window
from db.watch_lists import WatchList as WatchListRow
from db.watched_changes import Watching
from graph.context import Context
from graph.directives.cost import Cost
from graph.directives.example import Example
from graph.errors import BadUserInputError, InvalidCursorError
from graph.resolvers import batched, inlined, reads, single
from graph.types import paging, scalars
from graph.types.change_feed import After, FeedSlice, change_id, telling_of_expiry
from graph.types.company import BY_RELEVANCE, CompaniesBy, CompaniesLike, CompanyConnection, sort_order
from graph.types.examples import A_WATCH_LIST
from graph.types.filters import company_condition
from graph.types.license import LicenseConnection, today
from graph.types.own import Own
from graph.types.paging import Listing, PageArguments, PageInfo, Slice, own_row
from graph.types.states import must_be_known
from graph.types.verification import NpiCheckResult, NpiVerificationConnection
from graph.types.watch_filter import WatchFilter
from graph.types.watched_change import WatchedChangeConnection

Results = Annotated[
    list[NpiCheckResult] | None,
    strawberry.argument(description="Only numbers with one of these verdicts; all if left out."),
]
# What `withinDays` is and can be.
SOON = 30
DAYS = range(3661)
WithinDays = Annotated[
    int,
    strawberry.argument(
        directives=[Example(value="30")],
        description=f"Those that expire today (UTC) or in so many days: 0 to {DAYS[-1]}, else {SOON}.",
    ),
]
# The log is looked up for each of a list's 10,000 numbers at most: some 30 ms.
PROBED = Cost(weight="100")
ListId = Annotated[strawberry.ID, strawberry.argument(directives=[A_WATCH_LIST], description="Its `id`.")]


@inlined('"watch-list:" + str({id})')
def watch_list_id(root: WatchListRow) -> strawberry.ID:
    """Return a list's id."""
    return strawberry.ID(f"watch-list:{root['id']}")


@reads("filter")
def filter_of(root: WatchListRow) -> WatchFilter | None:
    """Return a list's filter, with null for each test that it hasn't."""
    found = root["filter"]
    return None if found is None else {**watch_filters.EMPTY, **found}  # type: ignore[return-value]


@batched("id", "filter")
async def sizes_of_lists(context: Context, parents: Sequence[WatchListRow]) -> list[int | None]:
    """Return how many numbers each list has; None where it has a filter."""
    ids = [row["id"] for row in parents if row["filter"] is None]
    found = await watch_lists.sizes(context.database, ids) if ids else {}
    return [None if row["filter"] is not None else found.get(row["id"], 0) for row in parents]


@batched("id", "filter")
async def companies_of_lists(  # noqa: PLR0913, PLR0917 - the field's arguments
    context: Context,
    parents: Sequence[WatchListRow],
    columns: Asked = None,
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
    filter: CompaniesLike = None,  # noqa: A002 - the argument's name in the schema
    order_by: CompaniesBy = None,
) -> list[CompanyConnection]:
    """Return a page of the companies that each list finds."""
    order = sort_order(order_by)
    if order == BY_RELEVANCE:
        raise BadUserInputError("The companies of a watch list aren't ordered by RELEVANCE.", field="orderBy")
    narrowing = company_condition(filter)
    await must_be_known(context.database, narrowing)

    def listing_of(row: WatchListRow) -> Listing:
        condition = Group("and", (condition_of(row), narrowing))
        return Listing("WatchList.companies", order, companies.keys(order), condition, is_logged=False)

    async def read(listings: Sequence[Listing], _: Sequence[UUID], window: Window) -> Sequence[Page]:
        conditions = [listing.condition for listing in listings]
        return await companies.pages_of_each(context.database, conditions, order, window, columns)

    return await slices_of(parents, listing_of, PageArguments(first, after, last, before), read)  # type: ignore[return-value]


@batched("id", "filter")
async def expiring_licenses_of_lists(
    context: Context,
    parents: Sequence[WatchListRow],
    columns: Asked = None,
    within_days: WithinDays = SOON,
    first: paging.First = None,
    after: paging.After = None,
) -> list[LicenseConnection]:
    """Return a page of the licenses of what each list finds that expire in some days, the soonest first."""
    if within_days not in DAYS:
        raise BadUserInputError(
            f"withinDays is {within_days}; it must be from 0 to {DAYS[-1]}.", field="withinDays"
        )
    since, until = today(), today() + timedelta(days=within_days)
    order = licenses.SOONEST_FIRST

    def listing_of(row: WatchListRow) -> Listing:
        # Tomorrow its cursors are good still.
        name = f"WatchList.expiringLicenses {within_days}"
        return Listing(name, order, licenses.keys(order), condition_of(row))

    async def read(listings: Sequence[Listing], _: Sequence[UUID], window: Window) -> Sequence[Page]:
        conditions = [listing.condition for listing in listings]
        return await licenses.expiring(context.database, conditions, since, until, window, columns)

    return await slices_of(parents, listing_of, PageArguments(first, after), read)  # type: ignore[return-value]


@batched("id", "filter")
async def verification_of_lists(
    context: Context,
    parents: Sequence[WatchListRow],
    first: paging.First = None,
    after: paging.After = None,
    results: Results = None,
) -> list[NpiVerificationConnection | None]:
    """Return a page of each list's numbers with the verdict on each; None where it has a filter."""
    among = None if results is None else [str(each.value) for each in results]
    listing = Listing("WatchList.verification", watch_lists.BY_NPI, watch_lists.NPI_KEYS, EVERYTHING)
    with_numbers = [row for row in parents if row["filter"] is None]

    async def read(_: Sequence[Listing], ids: Sequence[UUID], window: Window) -> Sequence[Page]:
        found = await watch_lists.verified(context.database, ids, among, window)
        return [found[id_] for id_ in ids]

    slices = await slices_of(with_numbers, lambda _: listing, PageArguments(first, after), read)
    found = {row["id"]: each for row, each in zip(with_numbers, slices, strict=True)}
    return [found.get(row["id"]) for row in parents]  # type: ignore[misc]


@batched("id", "filter")
async def changes_of_lists(
    context: Context, parents: Sequence[WatchListRow], first: paging.First = None, after: After = None
) -> list[WatchedChangeConnection]:
    """Return the changes after one of what each list finds or found."""
    size = paging.page_size(first, "first")
    lists = {row["id"]: Watching(row["id"], row["filter"]) for row in parents}
    with telling_of_expiry(after):
        found = await watched_changes.pages(context.database, list(lists.values()), change_id(after) or 0, size)
    return [FeedSlice(found[row["id"]]) for row in parents]  # type: ignore[misc]


@strawberry.type(
    description=(
        "Companies that interest you, by NPIs or by a filter, under a name. Nobody "
        "else sees it. An NPI needn't be in the directory yet."
    )
)
class WatchList:
    """A list, resolved from a row of watch_lists."""

    row: ClassVar = WatchListRow

    id: strawberry.ID = strawberry.field(
        resolver=watch_list_id,
        directives=[A_WATCH_LIST],
        description="Its id, for `watchList`.",
    )
    name: str = strawberry.field(
        directives=[Example(value="Suppliers in Texas")],
        description="Its name, different from those of your other lists.",
    )
    filter: WatchFilter | None = strawberry.field(
        resolver=filter_of, description="The filter by which it finds companies; null if it has NPIs."
    )
    npi_count: int | None = strawberry.field(
        resolver=sizes_of_lists, description="How many NPIs it has; null if it has a filter."
    )
    companies: CompanyConnection = strawberry.field(
        resolver=companies_of_lists,
        directives=[paging.PAGED],
        description="The companies that it finds in the directory, by name unless ordered otherwise.",
    )
    verification: NpiVerificationConnection | None = strawberry.field(
        resolver=verification_of_lists,
        directives=[paging.PAGED_FORWARD],
        description=(
            "Its NPIs in their order with the verdict on each, also those that aren't found; null if it has a "
            "filter."
        ),
    )
    expiring_licenses: LicenseConnection = strawberry.field(
        resolver=expiring_licenses_of_lists,
        directives=[paging.PAGED_FORWARD],
        description="Licenses about to expire of the companies that it finds, the soonest first.",
    )
    changes: WatchedChangeConnection = strawberry.field(
        resolver=changes_of_lists,
        directives=[paging.PAGED_FORWARD, PROBED],
        description=(
            "The changes to the companies that it finds, or found before the change, the oldest first. Editing "
            "the list itself isn't a change: read `companies` again then."
        ),
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    version: int = strawberry.field(description="Counts the list's changes, from 1.")


@strawberry.type(description="An edge of a page of your watch lists.")
class WatchListEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: WatchList = strawberry.field(resolver=paging.edge_node, description="The list.")


@strawberry.type(description="A page of your watch lists.")
class WatchListConnection:
    """A connection, resolved from a Slice."""

    edges: list[WatchListEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The lists with their cursors."
    )
    nodes: list[WatchList] = strawberry.field(
        resolver=paging.slice_nodes, description="The lists without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


WATCH_LISTS = Own("watch list", "watchLists", scalars.watch_list_uuid, watch_lists.OWNED)


@single
async def watch_list(context: Context, id: ListId) -> WatchList | None:  # noqa: A002 - the argument's name in the schema
    """Return the viewer's list with this id."""
    return await WATCH_LISTS.by_id(context, id)  # type: ignore[return-value]


@single
async def watch_lists_page(
    context: Context,
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
) -> WatchListConnection:
    """Return a page of the viewer's lists."""
    return await WATCH_LISTS.page(context, PageArguments(first, after, last, before))  # type: ignore[return-value]


def condition_of(row: WatchListRow) -> Condition:
    """Return what a list finds."""
    return watch_filters.condition_of(row["id"], row["filter"])


async def slices_of(
    rows: Sequence[WatchListRow],
    listing_of: Callable[[WatchListRow], Listing],
    arguments: PageArguments,
    read: Callable[[Sequence[Listing], Sequence[UUID], Window], Any],
) -> list[Slice | InvalidCursorError]:
    """Return a page for each list, or the error where the cursor is another list's; `read` reads all at once."""
    listings = {row["id"]: listing_of(row) for row in rows}
    windows = {id_: window_of(arguments, listing, str(id_)) for id_, listing in listings.items()}
    ids = [id_ for id_, window in windows.items() if isinstance(window, Window)]
    window = next((each for each in windows.values() if isinstance(each, Window)), None)
    found = await read([listings[id_] for id_ in ids], ids, window) if window else ()
    slices = {id_: Slice(page, listings[id_], str(id_)) for id_, page in zip(ids, found, strict=True)}
    return [slices.get(row["id"]) or windows[row["id"]] for row in rows]  # type: ignore[misc]


def window_of(arguments: PageArguments, listing: Listing, parent: str) -> Window | InvalidCursorError:
    """Return the window of one list, or the error where the cursor is another's."""
    try:
        return paging.window(arguments, listing, parent)
    except InvalidCursorError as error:
        return error
