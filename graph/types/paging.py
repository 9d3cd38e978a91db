"""Pages as clients see them: arguments, cursors, page information and counts (Relay cursor connections)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

import asyncpg
import strawberry

from db import pages, relevance
from db.columns import CURSOR
from db.filters import Condition
from db.nearby import Near
from db.pages import Order, OrderBy, Page, Position, Window
from db.relevance import RankedPage
from graph.cache.tags import Tags, company_tag, tags_of_condition
from graph.directives.cache_control import INHERITED
from graph.directives.cost import Cost, ListSize
from graph.directives.example import Example
from graph.errors import BadUserInputError, InvalidCursorError
from graph.execution.sources import Every, Own
from graph.resolvers import inlined, reads
from graph.types.cursors import binding_of, decode_cursor, encode_cursor
from graph.types.examples import A_PLACE

DEFAULT_SIZE = 25
MAX_SIZE = 200
SIZES = range(MAX_SIZE + 1)
# Where counting stops unless it is asked for otherwise, and where at the latest.
COUNT_CAP = 1_000
MOST_COUNTED = 10_000

First = Annotated[
    int | None,
    strawberry.argument(
        directives=[Example(value="10")],
        description=f"How many items from the start or after `after`: 0 to {MAX_SIZE}, by default {DEFAULT_SIZE}.",
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(directives=[A_PLACE], description="The cursor of the item after which the page starts."),
]
Last = Annotated[
    int | None,
    strawberry.argument(
        directives=[Example(value="10")],
        description=f"How many items from the end, or before `before`: 0 to {MAX_SIZE}.",
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(directives=[A_PLACE], description="The cursor of the item before which the page ends."),
]


@strawberry.enum(description="How precise a count is.")
class CountPrecision(Enum):
    """How a TotalCount's value relates to the true number."""

    EXACT = strawberry.enum_value("EXACT", description="The value is exact.")
    AT_LEAST = strawberry.enum_value(
        "AT_LEAST", description="There are at least this many; counting stopped here."
    )
    ESTIMATED = strawberry.enum_value("ESTIMATED", description="The value comes from the database's statistics.")


@strawberry.type(
    description=(
        f"How many items a list has. Counting stops at `limit`, {COUNT_CAP} if it is left out, so that it is "
        f"always cheap. In a list without a filter {MOST_COUNTED} are counted, and more are estimated."
    ),
    directives=[INHERITED],
)
class TotalCount:
    """A number and what it is worth."""

    value: int = strawberry.field(
        directives=[Example(value="42")],
        description="The number of items, exactly or at least, as `precision` says.",
    )
    precision: CountPrecision = strawberry.field(description="Whether the value is exact.")


# What a TotalCount is resolved from: its value and its precision.
Count = Mapping[str, int | str]


CountLimit = Annotated[
    int,
    strawberry.argument(
        directives=[Example(value="1000")], description=f"Where counting stops: 1 to {MOST_COUNTED}."
    ),
]


def count_limit(limit: int) -> int:
    """Return where counting stops; raises BadUserInputError outside 1 to MOST_COUNTED."""
    if not 1 <= limit <= MOST_COUNTED:
        raise BadUserInputError(f"limit is {limit}; it must be from 1 to {MOST_COUNTED}.", field="limit")
    return limit


def counted(number: int, limit: int) -> Count:
    """Return a count that was capped at limit + 1."""
    if number > limit:
        return {"value": limit, "precision": "AT_LEAST"}
    return {"value": number, "precision": "EXACT"}


# What a connection's size is: as many as are asked for, of edges and of nodes.
PAGED = ListSize(assumed_size=DEFAULT_SIZE, slicing_arguments=["first", "last"], sized_fields=["edges", "nodes"])

# The same of a list that is read one way only.
PAGED_FORWARD = ListSize(assumed_size=DEFAULT_SIZE, slicing_arguments=["first"], sized_fields=["edges", "nodes"])

# Counting reads up to MOST_COUNTED rows of an index.
COUNTED = Cost(weight="10")


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The four paging arguments of a connection."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What makes a list what it is: its name, order and filter. A cursor is good for one parent's list."""

    name: str
    order_by: OrderBy
    keys: Order
    condition: Condition
    near: Near | None = None
    # Whether all that changes the list is in the log of changes.
    is_logged: bool = True

    def binding(self, parent: str | None = None) -> str:
        """Return what ties a cursor to the list of one parent."""
        own = binding_of((self.name, None, self.order_by, self.condition, self.near))
        return own if parent is None else f"{own}:{parent};"


@dataclass(slots=True, eq=False)
class Slice:
    """One page of a listing, and the key of the parent that it belongs to, if any."""

    page: Page
    listing: Listing
    parent: str | None = None
    # Of its cursors, once one is asked for.
    _binding: str = ""
    _position: Callable[[asyncpg.Record], Position] = tuple

    def cursor(self, row: asyncpg.Record) -> str:
        """Return the cursor of one row."""
        if not self._binding:
            self._binding = self.listing.binding(self.parent)
            is_ranked = isinstance(self.page, RankedPage)
            self._position = relevance.position if is_ranked else pages.positions(self.listing.keys)
        return encode_cursor(self._binding, self._position(row))

    @property
    def condition(self) -> Condition:
        """What is fulfilled by what the whole list holds."""
        return self.page.condition if isinstance(self.page, RankedPage) else self.listing.condition

    @property
    def end(self) -> str | None:
        """The cursor after which the next page starts; None on an empty page."""
        return self.cursor(self.page.rows[-1]) if self.page.rows else None


def tags_of_slices(parents: Sequence[Slice], **_: object) -> Iterable[str] | None:
    """What the counts of whole lists depend on; None where the log of changes doesn't tell."""
    if not all(each.listing.is_logged for each in parents):
        return None
    return frozenset().union(*map(_tags_of_slice, parents))


def _tags_of_slice(slice_: Slice) -> Tags:
    if slice_.parent is None:
        return tags_of_condition(slice_.listing.condition)
    return frozenset({company_tag(slice_.parent)})


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A row of a slice, as an edge sees it."""

    slice: Slice
    row: asyncpg.Record


@inlined("{root}.page.rows", in_json=Every())
def slice_nodes(root: Slice) -> Any:  # noqa: ANN401 - the class that uses it says which rows
    """Return a connection's nodes."""
    return root.page.rows


@inlined("{root}.page.rows", in_json=Every())
def slice_edges(root: Slice) -> Any:  # noqa: ANN401 - the class that uses it says which edges
    """Return a connection's edges."""
    return [EdgeRow(root, row) for row in root.page.rows]


@inlined("{root}", in_json=Own())
def own_row(root: Any) -> Any:  # noqa: ANN401 - whatever row it is
    """Return the row itself: the nested type reads other columns of it."""
    return root


@inlined("{root}", in_json=Own())
def edge_node(root: EdgeRow) -> Any:  # noqa: ANN401 - the class that uses it says which row
    """Return an edge's node."""
    return root.row


@inlined("{owner}.cursor({root})", CURSOR, in_json="cursor")
def edge_cursor(root: EdgeRow) -> str:
    """Return an edge's cursor."""
    return root.slice.cursor(root.row)


@inlined("{root}.page.has_next", in_json="has_next")
def has_next_page(root: Slice) -> bool:
    """Return whether there are items after the page."""
    return root.page.has_next


@inlined("{root}.page.has_previous", in_json="has_previous")
def has_previous_page(root: Slice) -> bool:
    """Return whether there are items before the page."""
    return root.page.has_previous


@reads(CURSOR, in_json="start_cursor")
def start_cursor(root: Slice) -> str | None:
    """Return the first item's cursor."""
    return root.cursor(root.page.rows[0]) if root.page.rows else None


@reads(CURSOR, in_json="end_cursor")
def end_cursor(root: Slice) -> str | None:
    """Return the last item's cursor."""
    return root.end


@strawberry.type(description="Where a page is in its list.", directives=[INHERITED])
class PageInfo:
    """Relay's page information, resolved from a Slice."""

    has_next_page: bool = strawberry.field(
        resolver=has_next_page, description="Whether there are items after this page."
    )
    has_previous_page: bool = strawberry.field(
        resolver=has_previous_page,
        description="Whether there are items before this page; always true if the page was requested by a cursor.",
    )
    start_cursor: str | None = strawberry.field(
        resolver=start_cursor,
        directives=[A_PLACE],
        description="The cursor of the first item; null on an empty page.",
    )
    end_cursor: str | None = strawberry.field(
        resolver=end_cursor,
        directives=[A_PLACE],
        description="The last item's cursor, to continue from. Null on an empty page, but never for `changes`.",
    )


def window(arguments: PageArguments, listing: Listing, parent: str | None = None) -> Window:
    """Return the window that a connection's arguments ask for.

    Raises BadUserInputError for arguments that don't go together, InvalidCursorError for a cursor that is
    damaged or from another list.
    """
    backward = arguments.last is not None or arguments.before is not None
    size_name, cursor_name = ("last", "before") if backward else ("first", "after")
    if backward and (arguments.first is not None or arguments.after is not None):
        raise BadUserInputError("Use first with after, or last with before, not both.", field=size_name)
    size = arguments.last if backward else arguments.first
    cursor = arguments.before if backward else arguments.after
    position = None
    if cursor is not None:
        position = decode_cursor(cursor, listing.binding(parent), listing.keys, cursor_name)
    return Window(page_size(size, size_name), position, backward)


def windows(
    arguments: PageArguments, listing: Listing, parents: Sequence[str]
) -> dict[str, Window | InvalidCursorError]:
    """Return the window for each parent's list, or the error where the cursor is another list's."""
    if arguments.after is None and arguments.before is None:
        return dict.fromkeys(parents, window(arguments, listing))
    found: dict[str, Window | InvalidCursorError] = {}
    for parent in parents:
        try:
            found[parent] = window(arguments, listing, parent)
        except InvalidCursorError as error:
            found[parent] = error
    return found


def page_size(size: int | None, field: str) -> int:
    """Return how many items to read; raises BadUserInputError outside 0 to MAX_SIZE."""
    if size is None:
        return DEFAULT_SIZE
    if size not in SIZES:
        raise BadUserInputError(f"{field} is {size}; it must be from 0 to {MAX_SIZE}.", field=field)
    return size
