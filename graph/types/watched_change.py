"""Changes of what a watch list finds, each with what it did to the list."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import enum_value

from graph.resolvers import on_rows
from graph.types import paging
from graph.types.change import Change
from graph.types.paging import EdgeRow, PageInfo, own_row


@strawberry.enum(description="What a change did to a watch list.")
class WatchEffect(Enum):
    """Whether a company is in a list before and after a change."""

    ENTERED = enum_value("ENTERED", description="The list finds the company since.")
    STAYED = enum_value("STAYED", description="The list finds the company, as before.")
    LEFT = enum_value("LEFT", description="The list doesn't find the company any more.")


def effect_of(row: Any) -> WatchEffect:  # noqa: ANN401 - a WatchedChange of db/watched_changes.py
    """What a change did to its list."""
    return row["effect"]  # type: ignore[no-any-return]


@on_rows(effect_of, "effect")
def effect(root: EdgeRow) -> WatchEffect:
    """What the edge's change did to its list."""
    return effect_of(root.row)


@strawberry.type(description="A change of a company that a watch list finds, or found before it.")
class WatchedChangeEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(
        resolver=paging.edge_cursor, description="The change's cursor: where to continue after it."
    )
    effect: WatchEffect = strawberry.field(
        resolver=effect, description="Whether the company is in the list since, as before, or no more."
    )
    node: Change = strawberry.field(resolver=paging.edge_node, description="The change.")


@strawberry.type(description="A page of changes of what a watch list finds.")
class WatchedChangeConnection:
    """A connection, resolved from a ChangeSlice."""

    edges: list[WatchedChangeEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The changes with their cursors and what each did to the list."
    )
    nodes: list[Change] = strawberry.field(
        resolver=paging.slice_nodes, description="The changes without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")
