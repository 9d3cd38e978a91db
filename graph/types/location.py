"""Locations: the type, its orders and its connection."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, ClassVar
from uuid import UUID

import asyncpg
import strawberry
from strawberry import enum_value

from db import companies, location_columns, locations
from db.columns import DISTANCE, Asked
from db.locations import Location as LocationRow
from db.nested import Nested, Object, names_in, rows_in
from db.pages import OrderBy, Window
from graph.cache.tags import Tags, company_tag, tags_of_condition
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.execution.sources import Own, SizeVariable
from graph.resolvers import batched, depends_on, inlined, on_rows, single
from graph.types import paging
from graph.types.address import Address, GeoPoint
from graph.types.enums import LocationKind, RecordSource, SortDirection
from graph.types.examples import A_LOCATION
from graph.types.filters import LocationFilter, location_condition
from graph.types.guards import CONTACT
from graph.types.near import KM_PER_UNIT, DistanceUnit, NearInput, circle
from graph.types.node import Node
from graph.types.paging import Count, EdgeRow, Listing, PageArguments, PageInfo, Slice, TotalCount, own_row
from graph.types.scalars import PhoneNumber
from graph.types.states import must_be_known

# company.py imports this file, so the way back is lazy.
CompanyType = Annotated["Company", strawberry.lazy("graph.types.company")]  # type: ignore[name-defined]  # noqa: F821


@inlined('"location:" + str({id})', in_json="global_id")
def location_id(root: LocationRow) -> strawberry.ID:
    """Return a location's global id."""
    return strawberry.ID(f"location:{root['id']}")


async def location_by_id(
    context: Context, parents: Sequence[str], columns: Asked = None
) -> Sequence[LocationRow | None]:
    """Return the location with each UUID (as text)."""
    return await locations.by_id(context.database, [UUID(id_) for id_ in parents], columns)


def tags_of_companies(parents: Sequence[LocationRow], **_: object) -> list[str]:
    """What locations' companies depend on."""
    return [company_tag(row["npi"]) for row in parents]


@batched("npi")
@depends_on(tags_of_companies)
async def company_of_locations(
    context: Context, parents: Sequence[LocationRow], columns: Asked = None
) -> list[CompanyType]:
    """Return each location's company."""
    return await companies.by_npi(context.database, [row["npi"] for row in parents], columns)


@inlined("(None if {position} is None else {root})", in_json=Own(unless="locations.position"))
def own_position(root: LocationRow) -> GeoPoint | None:
    """Return the row where it has a position."""
    return None if root["position"] is None else root  # type: ignore[return-value]


@strawberry.type(description="A practice location of a company.", directives=[INHERITED])
class Location(Node):
    """A location, resolved from a row of locations."""

    row: ClassVar = LocationRow

    id: strawberry.ID = strawberry.field(
        resolver=location_id,
        directives=[A_LOCATION],
        description="The global id.",
    )
    company: CompanyType = strawberry.field(
        resolver=company_of_locations, description="The company that it belongs to."
    )
    name: str | None = strawberry.field(
        directives=[Example(value="Houston warehouse")],
        description="What the company calls this location: entered here, not in the registry.",
    )
    kind: LocationKind = strawberry.field(description="Its kind.")
    is_primary: bool = strawberry.field(description="Whether it is the company's primary location.")
    is_active: bool = strawberry.field(description="Whether the location is in use: the administrator's flag.")
    address: Address = strawberry.field(resolver=own_row, description="Where it is.")
    phone: PhoneNumber | None = strawberry.field(directives=[CONTACT], description="Telephone.")
    phone_extension: str | None = strawberry.field(
        directives=[CONTACT, Example(value="204")], description="The extension to dial after the telephone number."
    )
    fax: PhoneNumber | None = strawberry.field(directives=[CONTACT], description="Fax.")
    email: str | None = strawberry.field(
        directives=[CONTACT, Example(value="houston@example.com")],
        description="E-mail address: entered here, not in the registry.",
    )
    position: GeoPoint | None = strawberry.field(
        resolver=own_position, description="Its position; null if its ZIP isn't known."
    )
    time_zone: str | None = strawberry.field(
        directives=[Example(value="America/Chicago")], description="Time zone (IANA), such as America/Chicago."
    )
    source: RecordSource = strawberry.field(description="Where the record comes from.")
    created_at: datetime = strawberry.field(description="When the record was created.")
    updated_at: datetime = strawberry.field(description="When the record last changed.")
    version: int = strawberry.field(description="Counts the record's changes, from 1.")

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Return whether a node's row is a location."""
        return getattr(row, "noun", None) == LocationRow.noun


@strawberry.enum(description="What locations can be sorted by.")
class LocationOrderField(Enum):
    """The indexed orders of locations."""

    COMPANY = enum_value("COMPANY", description="By company, each company's primary location before its others.")
    CITY = enum_value("CITY", description="By city, ignoring case.")
    STATE = enum_value("STATE", description="By state.")
    POSTAL_CODE = enum_value("POSTAL_CODE", description="By ZIP.")
    UPDATED_AT = enum_value("UPDATED_AT", description="By when the record last changed.")
    DISTANCE = enum_value("DISTANCE", description="By distance from `near`.")


@strawberry.input(description="How locations are sorted.")
class LocationOrder:
    """A key and a direction."""

    field: LocationOrderField = strawberry.field(description="What to sort by.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


def sort_order(order: LocationOrder | None, company_order: OrderBy, *, near: bool = False) -> OrderBy:
    """Return the keys of an order; raises BadUserInputError for a distance from nowhere."""
    if not order:
        return locations.BY_DISTANCE if near else company_order
    descending = order.direction is SortDirection.DESC
    if order.field is LocationOrderField.DISTANCE and not near:
        raise BadUserInputError("Sorting by DISTANCE needs near.", field="orderBy")
    if order.field is LocationOrderField.COMPANY:
        return tuple((name, descending) for name, _ in company_order)
    return ((order.field.value, descending),)


DistanceIn = Annotated[DistanceUnit, strawberry.argument(description="The unit of the distance.")]


def distance_of(row: asyncpg.Record, unit: DistanceUnit = DistanceUnit.MILE) -> float | None:
    """Return how far a location is from `near`."""
    kilometres = row.get(DISTANCE)
    return None if kilometres is None else kilometres / KM_PER_UNIT[unit]


@on_rows(distance_of, DISTANCE)
def distance(root: EdgeRow, unit: DistanceIn = DistanceUnit.MILE) -> float | None:
    """Return how far the edge's location is from `near`."""
    return distance_of(root.row, unit)


@strawberry.type(description="A location in a list.", directives=[INHERITED])
class LocationEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: Location = strawberry.field(resolver=paging.edge_node, description="The location.")
    distance: float | None = strawberry.field(
        directives=[Example(value="4.2")],
        resolver=distance,
        description="Its distance from `near`; null if that wasn't given.",
    )


@batched(in_json=Own(given=(("limit", paging.COUNT_CAP),)))
@depends_on(paging.tags_of_slices, is_dear=True)
async def total_of_locations(
    context: Context, parents: Sequence[Slice], limit: paging.CountLimit = paging.COUNT_CAP
) -> list[TotalCount]:
    """Return how many locations each list has: those of companies together, each other one side by side."""
    cap = paging.count_limit(limit)
    by_listing: dict[int, list[Slice]] = {}
    for slice_ in parents:
        by_listing.setdefault(id(slice_.listing), []).append(slice_)
    found = await asyncio.gather(
        *(
            counts(context, slices[0].listing, [slice_.parent for slice_ in slices], cap)
            for slices in by_listing.values()
        )
    )
    totals: dict[int, Count] = {}
    for slices, numbers in zip(by_listing.values(), found, strict=True):
        totals |= {id(slice_): paging.counted(number, cap) for slice_, number in zip(slices, numbers, strict=True)}
    return [totals[id(slice_)] for slice_ in parents]  # type: ignore[misc]


async def counts(context: Context, listing: Listing, npis: Sequence[str | None], cap: int) -> list[int]:
    """Return how many locations a listing has for each of some companies, or in all where it has no parents."""
    of_companies = [npi for npi in npis if npi is not None]
    if of_companies:
        return await locations.count_by_company(context.database, of_companies, listing.condition)
    number = await locations.count(context.database, listing.condition, cap, listing.near)
    return [number] * len(npis)


@strawberry.type(description="A page of locations.", directives=[INHERITED])
class LocationConnection:
    """A connection, resolved from a Slice."""

    edges: list[LocationEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The locations with their cursors."
    )
    nodes: list[Location] = strawberry.field(
        resolver=paging.slice_nodes, description="The locations without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")
    total_count: TotalCount = strawberry.field(
        resolver=total_of_locations,
        directives=[paging.COUNTED],
        description="How many locations the whole list has.",
    )


LocationsLike = Annotated[
    LocationFilter | None, strawberry.argument(description="Which locations; all of them if left out.")
]
LocationsBy = Annotated[
    LocationOrder | None,
    strawberry.argument(
        description="What to sort by; if left out, by distance with `near`, otherwise by company."
    ),
]
OwnLocationsBy = Annotated[
    LocationOrder | None,
    strawberry.argument(description="What to sort by; the primary location first if left out."),
]
Around = Annotated[
    NearInput | None, strawberry.argument(description="Only locations near a place, nearest first.")
]


def tags_of_locations(filter: LocationFilter | None = None, **_: object) -> Tags:  # noqa: A002 - as in the schema
    """What a page of locations depends on."""
    return tags_of_condition(location_condition(filter))


@single
@depends_on(tags_of_locations, is_dear=True)
async def locations_page(  # noqa: PLR0913, PLR0917 - the field's arguments
    context: Context,
    columns: Asked = None,
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
    filter: LocationsLike = None,  # noqa: A002 - the argument's name in the schema
    near: Around = None,
    order_by: LocationsBy = None,
) -> LocationConnection:
    """Return a page of all locations."""
    condition = location_condition(filter)
    await must_be_known(context.database, condition)
    place = await circle(context, near) if near else None
    order = sort_order(order_by, locations.BY_COMPANY, near=bool(near))
    listing = Listing("locations", order, locations.keys(order), condition, place)
    window = paging.window(PageArguments(first, after, last, before), listing)
    page = await locations.page(context.database, condition, order, window, place, columns)
    return Slice(page, listing)  # type: ignore[return-value]


def own_listing(order: OrderBy, filter_: LocationFilter | None) -> Listing:
    """Return what makes a list of a company's own locations."""
    return Listing("Company.locations", order, locations.keys(order), location_condition(filter_))


# What ties cursors to a company's locations as they come unless they are chosen or ordered.
FIRST_OF_ALL = f"{own_listing(locations.PRIMARY_FIRST, None).binding()}:"

# What of a page of a company's locations may come with its row.
NESTABLE = {**location_columns.NESTABLE_PAGE, **location_columns.total_columns(paging.COUNT_CAP)}


def nested_locations(wanted: Object, first: int | SizeVariable | None = None, **others: object) -> Nested | None:
    """Return a company's first locations as a column of its row; None where they can't be."""
    if any(value is not None for value in others.values()) or not (rows_in(wanted) or names_in(wanted)):
        # What asks for nothing of the rows is read all the same, so that it fails where they can't be.
        return None
    if isinstance(first, SizeVariable):
        size = first.sql
    elif first is None or first in paging.SIZES:
        size = str(paging.page_size(first, "first"))
    else:
        return None
    return location_columns.nested_page(wanted, size, FIRST_OF_ALL, paging.COUNT_CAP)


def tags_of_own_locations(
    parents: Sequence[companies.Company],
    filter: LocationFilter | None = None,  # noqa: A002 - as in the schema
    **_: object,
) -> list[str] | None:
    """What pages of companies' locations depend on; those without a filter aren't kept by themselves."""
    return [company_tag(row["npi"]) for row in parents] if filter else None


@batched("npi", nest=nested_locations, nestable=NESTABLE)
@depends_on(tags_of_own_locations, is_dear=True)
async def locations_of_companies(  # noqa: PLR0913, PLR0917 - the field's arguments
    context: Context,
    parents: Sequence[companies.Company],
    columns: Asked = None,
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
    filter: LocationsLike = None,  # noqa: A002 - the argument's name in the schema
    order_by: OwnLocationsBy = None,
) -> list[LocationConnection]:
    """Return a page of each company's locations; a cursor is good for the company that it came from."""
    order = sort_order(order_by, locations.PRIMARY_FIRST)
    listing = own_listing(order, filter)
    await must_be_known(context.database, listing.condition)
    keys = [row["npi"] for row in parents]
    windows = paging.windows(PageArguments(first, after, last, before), listing, keys)
    npis = [npi for npi, window in windows.items() if isinstance(window, Window)]
    window = next((window for window in windows.values() if isinstance(window, Window)), None)
    if window is None:
        return list(map(windows.__getitem__, keys))  # type: ignore[arg-type]
    found = await locations.page_by_company(context.database, npis, listing.condition, order, window, columns)
    slices = {npi: Slice(page, listing, npi) for npi, page in zip(npis, found, strict=True)}
    return [slices.get(npi) or windows[npi] for npi in keys]  # type: ignore[misc]
