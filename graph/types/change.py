"""Changes: what became of companies and their locations, one after the other in the order of the commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET, enum_value
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from db import changes, companies, locations
from db.changes import Filter, Recorded
from db.columns import Asked
from graph.context import Context
from graph.errors import BadUserInputError, InvalidCursorError
from graph.resolvers import batched, inlined, single
from graph.types import paging
from graph.types.guards import EDITS
from graph.types.paging import PageInfo, Slice, own_row
from graph.types.scalars import NPI, bare, company_npi

# Of one filter; more companies are several requests.
MAX_NPIS = 1000

# Columns whose values only who may read the field sees; what the API calls the others is their name in camel case.
_HIDDEN = {"tax_id_last4": frozenset({"ADMIN"})}
_NAMES = {"tax_id_last4": "taxId"}

# company.py imports this file, so the way back is lazy.
CompanyType = Annotated["Company", strawberry.lazy("graph.types.company")]  # type: ignore[name-defined]  # noqa: F821
LocationType = Annotated["Location", strawberry.lazy("graph.types.location")]  # type: ignore[name-defined]  # noqa: F821


@strawberry.enum(description="What became of a company or of one of its locations.")
class ChangeKind(Enum):
    """The kinds of changes."""

    COMPANY_CREATED = enum_value("COMPANY_CREATED", description="A company came into the directory.")
    COMPANY_UPDATED = enum_value("COMPANY_UPDATED", description="Something about a company changed.")
    COMPANY_DEACTIVATED = enum_value("COMPANY_DEACTIVATED", description="CMS deactivated its NPI.")
    COMPANY_REACTIVATED = enum_value("COMPANY_REACTIVATED", description="CMS reactivated its NPI.")
    COMPANY_REMOVED = enum_value("COMPANY_REMOVED", description="A company left the directory.")
    LOCATION_ADDED = enum_value("LOCATION_ADDED", description="A company has a new place.")
    LOCATION_UPDATED = enum_value("LOCATION_UPDATED", description="Something about a place changed.")
    LOCATION_REMOVED = enum_value("LOCATION_REMOVED", description="A company has left a place.")
    LOCATION_RESTORED = enum_value("LOCATION_RESTORED", description="A place that was removed is there again.")


@strawberry.type(description="One field of a change.")
class FieldChange:
    """A field's name, and its values in JSON."""

    name: str = strawberry.field(description="The field, such as website.")
    old: JSON | None = strawberry.field(description="What it was; null where there was nothing, or it is hidden.")
    new: JSON | None = strawberry.field(description="What it became; null where nothing is left, or it is hidden.")
    is_hidden: bool = strawberry.field(description="Whether your roles don't open this field.")


@strawberry.type(description="Who made a change by hand.")
class Author:
    """What a token said of who sent it."""

    issuer: str = strawberry.field(description="Who vouches for the author: the token's `iss`.")
    subject: str = strawberry.field(description="The author: the token's `sub`.")


@inlined("str({id})")
def change_cursor(root: Recorded) -> str:
    """A change's place in the order of the commits."""
    return str(root["id"])


@inlined('(None if {location_id} is None else "location:" + str({location_id}))')
def location_id(root: Recorded) -> strawberry.ID | None:
    """The global id of the location that a change is about."""
    return None if root["location_id"] is None else strawberry.ID(f"location:{root['location_id']}")


@inlined("(None if {subject} is None else {root})")
def author(root: Recorded) -> Author | None:
    """The row itself where somebody is named."""
    return None if root["subject"] is None else root  # type: ignore[return-value]


@batched("npi")
async def company_of_changes(
    context: Context, parents: Sequence[Recorded], columns: Asked = None
) -> list[CompanyType | None]:
    """The company of each change as it is now; None where it is gone."""
    npis = list(dict.fromkeys(row["npi"] for row in parents))
    found = dict(zip(npis, await companies.by_npi(context.database, npis, columns), strict=True))
    return [found[row["npi"]] for row in parents]


@batched("location_id")
async def location_of_changes(
    context: Context, parents: Sequence[Recorded], columns: Asked = None
) -> list[LocationType | None]:
    """The location of each change as it is now; None where it is gone, or the change is about a company."""
    ids: list[UUID] = list(dict.fromkeys(row["location_id"] for row in parents if row["location_id"]))
    found = dict(zip(ids, await locations.by_id(context.database, ids, columns), strict=True)) if ids else {}
    return [found.get(row["location_id"]) for row in parents]


@batched("fields", "old", "new")
async def fields_of_changes(context: Context, parents: Sequence[Recorded]) -> list[list[FieldChange]]:
    """What differs in each change, as far as the viewer may see it."""
    roles = context.viewer.roles
    return [[field_change(row, name, roles) for name in row["fields"]] for row in parents]  # type: ignore[misc]


def field_change(row: Recorded, column: str, roles: frozenset[str]) -> Mapping[str, object]:
    """A FieldChange of a change."""
    opens = _HIDDEN.get(column)
    is_hidden = opens is not None and opens.isdisjoint(roles)
    old, new = ({} if is_hidden else row[side] or {} for side in ("old", "new"))
    name = _NAMES.get(column) or to_camel_case(column)
    return {"name": name, "old": old.get(column), "new": new.get(column), "is_hidden": is_hidden}


@strawberry.type(description="Something that became of a company, or of one of its locations.")
class Change:
    """A row of changes."""

    cursor: str = strawberry.field(
        resolver=change_cursor,
        description="Its place in the order of the commits.",
    )
    kind: ChangeKind = strawberry.field(description="What became of it.")
    npi: NPI = strawberry.field(description="The company's NPI.")
    company: CompanyType | None = strawberry.field(
        resolver=company_of_changes, description="The company as it is now; null where it is gone."
    )
    location_id: strawberry.ID | None = strawberry.field(
        resolver=location_id, description="The location's global id; null for a change of the company itself."
    )
    location: LocationType | None = strawberry.field(
        resolver=location_of_changes, description="The location as it is now; null where it is gone."
    )
    occurred_at: datetime = strawberry.field(description="When it was made.")
    fields: list[FieldChange] = strawberry.field(
        resolver=fields_of_changes, description="The fields that changed, with their values before and after."
    )
    author: Author | None = strawberry.field(
        resolver=author, directives=[EDITS], description="Who made it by hand; null where a file was loaded."
    )


class ChangeSlice(Slice):
    """A page of changes, whose cursors are the changes' own."""

    def cursor(self, row: Any) -> str:  # noqa: ANN401 - a Recorded
        """The change's place in the order of the commits."""
        return str(row["id"])


def slice_of(page: Any) -> ChangeSlice:  # noqa: ANN401 - a Page
    """A page of changes as a connection sees it."""
    return ChangeSlice(page, None)  # type: ignore[arg-type]  # its cursors belong to no listing


@strawberry.type(description="A change in a list.")
class ChangeEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: Change = strawberry.field(resolver=paging.edge_node, description="The change.")


@strawberry.type(description="A page of changes.")
class ChangeConnection:
    """A connection, resolved from a ChangeSlice."""

    edges: list[ChangeEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The changes with their cursors."
    )
    nodes: list[Change] = strawberry.field(resolver=paging.slice_nodes, description="The changes alone.")
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page stands.")


@strawberry.input(description="Which changes: every test that is given must hold; a list means one of its values.")
class ChangeFilter:
    """Tests of a change."""

    npis: list[NPI] | None = strawberry.field(default=UNSET, description="Changes of these companies.")
    company_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Changes of these companies, by their global ids."
    )
    kinds: list[ChangeKind] | None = strawberry.field(default=UNSET, description="Changes of these kinds.")
    states: list[str] | None = strawberry.field(
        default=UNSET, description="Changes of companies that had or have a place in one of these states."
    )


After = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor of a change, or that of `dataset` when you took a snapshot; all if left out."
    ),
]
Before = Annotated[str | None, strawberry.argument(description="The cursor of the change after which to go on.")]
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
    page = await changes.page(context.database, change_id(after) or 0, size, change_filter(filter))
    return slice_of(page)  # type: ignore[return-value]


@batched("npi")
async def history_of_companies(
    context: Context, parents: Sequence[companies.Company], first: paging.First = None, after: Before = None
) -> list[ChangeConnection]:
    """The changes of each company and its locations, the newest first."""
    size = paging.page_size(first, "first")
    npis = [row["npi"] for row in parents]
    pages = await changes.histories(context.database, npis, change_id(after), size)
    return [slice_of(pages[npi]) for npi in npis]  # type: ignore[misc]


@single
async def newest_change(context: Context) -> str:
    """The cursor of the last change."""
    return str(await changes.last(context.database))


def change_id(cursor: str | None) -> int | None:
    """The change that a cursor stands for; raises InvalidCursorError."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= len("999999999999999999")):
        raise InvalidCursorError("after is not the cursor of a change.", field="after")
    return int(cursor)


def change_filter(given: ChangeFilter | None) -> Filter:
    """The tests of a filter; raises BadUserInputError."""
    if given is None:
        return Filter()
    npis = texts(given.npis)
    ids = texts(given.company_ids)
    if ids is not None:
        of_ids = [company_npi(each, "companyIds") for each in ids]
        npis = of_ids if npis is None else [each for each in npis if each in of_ids]
    if npis is not None and len(npis) > MAX_NPIS:
        raise BadUserInputError(f"A filter takes at most {MAX_NPIS} companies.", field="npis")
    states = texts(given.states)
    return Filter(npis, texts(given.kinds), None if states is None else [bare(each).upper() for each in states])


def texts(given: Sequence[object] | None) -> list[str] | None:
    """The values of a test; None where it isn't given."""
    if given is None or given is UNSET:
        return None
    return [str(each.value if isinstance(each, Enum) else each) for each in given]
