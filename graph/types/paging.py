"""Pages as clients see them: arguments, cursors, page information and counts (Relay cursor connections)."""

import base64
import binascii
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
import strawberry

from db import pages
from db.pages import Order, Page, Position, Window
from graph.directives.cost import Cost, ListSize
from graph.errors import BadUserInputError, InvalidCursorError

DEFAULT_SIZE = 25
MAX_SIZE = 200
COUNT_CAP = 10_000

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many items from the start or after `after`: 0 to {MAX_SIZE}, else {DEFAULT_SIZE}."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="The cursor of the item after which the page starts.")
]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"How many items from the end, or before `before`: 0 to {MAX_SIZE}."),
]
Before = Annotated[
    str | None, strawberry.argument(description="The cursor of the item before which the page ends.")
]


@strawberry.enum(description="What can be said of a count.")
class CountPrecision(Enum):
    """How a TotalCount's value relates to the true number."""

    EXACT = strawberry.enum_value("EXACT", description="The value is the number.")
    AT_LEAST = strawberry.enum_value(
        "AT_LEAST", description="There are at least this many; counting stopped here."
    )
    ESTIMATED = strawberry.enum_value("ESTIMATED", description="The value comes from the database's statistics.")


@strawberry.type(
    description=f"How many items a list has. Counting stops at {COUNT_CAP}, so that asking is always cheap."
)
class TotalCount:
    """A number and what it is worth."""

    value: int = strawberry.field(description="The number of items, as good as `precision` says.")
    precision: CountPrecision = strawberry.field(description="Whether the value is exact.")


# What a TotalCount is resolved from: its value and its precision.
Count = Mapping[str, int | str]


def counted(number: int) -> Count:
    """Return a count that was capped at COUNT_CAP + 1."""
    if number > COUNT_CAP:
        return {"value": COUNT_CAP, "precision": "AT_LEAST"}
    return {"value": number, "precision": "EXACT"}


# What makes a list what it is: its name, order, filter and parent. A cursor is good for one list only.
Scope = tuple[object, ...]


# What a connection's size is: as many as are asked for, of edges and of nodes.
PAGED = ListSize(assumed_size=DEFAULT_SIZE, slicing_arguments=["first", "last"], sized_fields=["edges", "nodes"])

# Counting reads up to COUNT_CAP rows of an index.
COUNTED = Cost(weight="10")


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The four paging arguments of a connection."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(slots=True)
class Slice:
    """One page with what its cursors need: the order, and the scope that they are bound to."""

    page: Page
    order: Order
    scope: Scope
    _binding: str = ""

    def cursor(self, row: asyncpg.Record) -> str:
        """Return the cursor of one row."""
        self._binding = self._binding or binding_of(self.scope)
        return encode_cursor(self._binding, pages.position_of(row, self.order))


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A row of a slice, as an edge sees it."""

    slice: Slice
    row: asyncpg.Record


def slice_nodes(root: Slice) -> Any:  # noqa: ANN401 - the class that uses it says which rows
    """Return a connection's nodes."""
    return root.page.rows


def slice_edges(root: Slice) -> Any:  # noqa: ANN401 - the class that uses it says which edges
    """Return a connection's edges."""
    return [EdgeRow(root, row) for row in root.page.rows]


def edge_node(root: EdgeRow) -> Any:  # noqa: ANN401 - the class that uses it says which row
    """Return an edge's node."""
    return root.row


def edge_cursor(root: EdgeRow) -> str:
    """Return an edge's cursor."""
    return root.slice.cursor(root.row)


def has_next_page(root: Slice) -> bool:
    """Return whether there are items after the page."""
    return root.page.has_next


def has_previous_page(root: Slice) -> bool:
    """Return whether there are items before the page."""
    return root.page.has_previous


def start_cursor(root: Slice) -> str | None:
    """Return the first item's cursor."""
    return root.cursor(root.page.rows[0]) if root.page.rows else None


def end_cursor(root: Slice) -> str | None:
    """Return the last item's cursor."""
    return root.cursor(root.page.rows[-1]) if root.page.rows else None


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's page information, resolved from a Slice."""

    has_next_page: bool = strawberry.field(
        resolver=has_next_page, description="Whether there are items after this page."
    )
    has_previous_page: bool = strawberry.field(
        resolver=has_previous_page,
        description="Whether there are items before this page; true wherever it was asked for by a cursor.",
    )
    start_cursor: str | None = strawberry.field(
        resolver=start_cursor, description="The cursor of the first item; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        resolver=end_cursor, description="The cursor of the last item; null on an empty page."
    )


def window(arguments: PageArguments, scope: Scope, order: Order) -> Window:
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
    position = None if cursor is None else decode_cursor(cursor, binding_of(scope), order, cursor_name)
    return Window(page_size(size, size_name), position, backward)


def windows(
    arguments: PageArguments, scopes: Mapping[str, Scope], order: Order
) -> dict[str, Window | InvalidCursorError]:
    """Return the window for each of many lists, or the error where the cursor is another list's."""
    if arguments.after is None and arguments.before is None:
        return dict.fromkeys(scopes, window(arguments, (), order))
    found: dict[str, Window | InvalidCursorError] = {}
    for key, scope in scopes.items():
        try:
            found[key] = window(arguments, scope, order)
        except InvalidCursorError as error:
            found[key] = error
    return found


def page_size(size: int | None, field: str) -> int:
    """Return how many items to read; raises BadUserInputError outside 0 to MAX_SIZE."""
    if size is None:
        return DEFAULT_SIZE
    if not 0 <= size <= MAX_SIZE:
        raise BadUserInputError(f"{field} is {size}; it must be from 0 to {MAX_SIZE}.", field=field)
    return size


def binding_of(scope: Scope) -> str:
    """Return what ties a cursor to its list: a digest of the scope."""
    return hashlib.blake2b(repr(scope).encode(), digest_size=6).hexdigest()


def encode_cursor(binding: str, position: Position) -> str:
    """Return a position as an opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps((binding, *position), default=str)).rstrip(b"=").decode()


def decode_cursor(cursor: str, binding: str, order: Order, field: str) -> Position:
    """Return the position in a cursor; raises InvalidCursorError for anything `encode_cursor` didn't make."""
    try:
        found, *values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if found != binding:
            raise InvalidCursorError(
                f"{field} is a cursor from another list: the order, the filter or the parent differs. "
                "Start again without it.",
                field=field,
            )
        return tuple(_key(value, key.python) for value, key in zip(values, order, strict=True))
    except (binascii.Error, OverflowError, TypeError, ValueError) as error:
        raise InvalidCursorError(f"{field} is not a cursor of this API.", field=field) from error


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError(value)
    return str(value)


def _small_integer(value: int) -> int:
    if value not in _SMALLINT:
        raise ValueError(value)
    return int(value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _instant(value: str) -> datetime:
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError(value)
    # An instant near either end of the calendar may be none in UTC.
    return parsed.astimezone(UTC)


_SMALLINT = range(-32_768, 32_768)

# The JSON type of each kind of key, and how its value is read back.
_KEYS: Mapping[type, tuple[type, Callable[[Any], object]]] = {
    str: (str, _text),
    int: (int, _small_integer),
    float: (float, _finite),
    date: (str, date.fromisoformat),
    datetime: (str, _instant),
    UUID: (str, UUID),
}


def _key(value: object, python: type) -> object:
    """Return one value of a position as its key's type; raises TypeError or ValueError."""
    json_type, read = _KEYS[python]
    if type(value) is not json_type:
        raise TypeError(value)
    return read(value)
