"""Pages of changes: the feed that partners follow, and the history of a company."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import strawberry

from db import changes, companies
from db.changes import AheadError, ExpiredError, Scan
from db.pages import Page
from graph.cache.tags import every_tag, tags_of_log
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.cost import Cost
from graph.errors import CursorExpiredError, InvalidCursorError
from graph.resolvers import batched, depends_on, single
from graph.types import paging
from graph.types.change import Change
from graph.types.change_filter import ChangeFilter, change_filter
from graph.types.examples import A_CHANGE
from graph.types.paging import PageInfo, Slice, own_row

# A page looks at 5,000 changes at most (db/changes.py), whatever comes of it.
SCANNED = Cost(weight="20")


class ChangeSlice(Slice):
    """A page of changes, whose cursors are the changes' own."""

    def __init__(self, page: Page) -> None:
        # Its cursors belong to no listing.
        super().__init__(page, None)  # type: ignore[arg-type]

    def cursor(self, row: Any) -> str:  # noqa: ANN401 - a Recorded
        """The change's place in the order of the commits."""
        return str(row["id"])


class FeedSlice(ChangeSlice):
    """A page of the feed, which ends where the log was looked through, whether or not anything fits there."""

    page: Scan

    @property
    def end(self) -> str:
        """The cursor after which the next page starts."""
        return str(self.page.read_to)


@strawberry.type(description="A change in a list.", directives=[INHERITED])
class ChangeEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(
        resolver=paging.edge_cursor,
        directives=[A_CHANGE],
        description="The change's cursor: where to continue after it.",
    )
    node: Change = strawberry.field(resolver=paging.edge_node, description="The change.")


@strawberry.type(description="A page of changes.", directives=[INHERITED])
class ChangeConnection:
    """A connection, resolved from a ChangeSlice."""

    edges: list[ChangeEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The changes with their cursors."
    )
    nodes: list[Change] = strawberry.field(
        resolver=paging.slice_nodes, description="The changes without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


After = Annotated[
    str | None,
    strawberry.argument(
        directives=[A_CHANGE],
        description=(
            "The cursor of a change, or that of `dataset` when you made a copy; left out means from the very "
            "first change. If changes after it are no longer kept, the error is CURSOR_EXPIRED."
        ),
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(directives=[A_CHANGE], description="The cursor of the change after which to continue."),
]
ChangesLike = Annotated[ChangeFilter | None, strawberry.argument(description="Which changes; all if left out.")]


@single
async def changes_page(
    context: Context,
    first: paging.First = None,
    after: After = None,
    filter: ChangesLike = None,  # noqa: A002 - the argument's name in the schema
) -> ChangeConnection:
    """The changes that came after one."""
    size = paging.page_size(first, "first")
    only = await change_filter(context.database, filter)
    with telling_of_expiry(after):
        page = await changes.page(context.database, change_id(after) or 0, size, only)
    return FeedSlice(page)  # type: ignore[return-value]


@batched("npi")
@depends_on(tags_of_log)
async def history_of_companies(
    context: Context, parents: Sequence[companies.Company], first: paging.First = None, after: Before = None
) -> list[ChangeConnection]:
    """The changes of each company, its locations and its licenses, the newest first."""
    size = paging.page_size(first, "first")
    npis = [row["npi"] for row in parents]
    pages = await changes.histories(context.database, npis, change_id(after), size)
    return [ChangeSlice(pages[npi]) for npi in npis]  # type: ignore[misc]


@single
@depends_on(every_tag)
async def newest_change(context: Context) -> str:
    """The cursor of the last change."""
    return str(await changes.last(context.database))


@contextmanager
def telling_of_expiry(after: str | None) -> Iterator[None]:
    """Tell clients that changes can't be followed from a cursor; raises CursorExpiredError."""
    try:
        yield
    except ExpiredError as error:
        raise CursorExpiredError(expiry_of(error, after), str(error.oldest)) from error


def expiry_of(error: ExpiredError, after: str | None) -> str:
    """Why changes can't be followed from a cursor, and what to do."""
    resync = "Note `dataset { cursor }`, read the directory anew, and follow the changes from there."
    if isinstance(error, AheadError):
        return (
            f"No change has the cursor {after} yet: this directory is older than when you were given it. {resync}"
        )
    place = f"after the cursor {after}" if after else "from the beginning on"
    return f"Not all changes {place} are kept any more. {resync}"


def change_id(cursor: str | None, field: str = "after", of: str = "a change") -> int | None:
    """The change that a cursor stands for, or what else is numbered so; raises InvalidCursorError."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= len("999999999999999999")):
        raise InvalidCursorError(f"{field} is not the cursor of {of}.", field=field)
    return int(cursor)
