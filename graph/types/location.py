"""Locations: the type, its orders and its connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import enum_value
from strawberry.types.info import Info

from db import companies, locations
from db.filters import Condition
from db.locations import Location as LocationRow
from db.nearby import Near
from db.pages import OrderBy, Window
from graph.batch import batched
from graph.context import Context
from graph.errors import BadUserInputError
from graph.types import paging
from graph.types.address import Address, GeoPoint
from graph.types.enums import LocationKind, RecordSource, SortDirection
from graph.types.filters import LocationFilter, location_condition
from graph.types.near import KM_PER_UNIT, DistanceUnit, NearInput, circle
from graph.types.node import Node
from graph.types.paging import Count, EdgeRow, PageArguments, PageInfo, Slice, TotalCount
from graph.types.scalars import PhoneNumber

# company.py imports this file, so the way back is lazy.
CompanyType = Annotated["Company", strawberry.lazy("graph.types.company")]  # type: ignore[name-defined]  # noqa: F821


def location_id(root: LocationRow) -> strawberry.ID:
    """Return a location's global id."""
    return strawberry.ID(f"location:{root['id']}")


@batched
async def location_by_id(context: Context, parents: Sequence[str]) -> list["Location | None"]:
    """Return the location with each UUID (as text)."""
    return await locations.by_id(context.database, [UUID(id_) for id_ in parents])  # type: ignore[return-value]


@batched
async def company_of_locations(context: Context, parents: Sequence[LocationRow]) -> list[CompanyType]:
    """Return each location's company."""
    return await companies.by_npi(context.database, [row["npi"] for row in parents])


def own_row(root: Any) -> Any:  # noqa: ANN401 - whatever row it is
    """Return the row itself: the nested type reads other columns of it."""
    return root


def own_position(root: LocationRow) -> GeoPoint | None:
    """Return the row where it has a position."""
    return None if root["position"] is None else root  # type: ignore[return-value]


@strawberry.type(description="A place where a company practises.")
class Location(Node):
    """A location, resolved from a row of locations."""

    id: strawberry.ID = strawberry.field(resolver=location_id, description="The global id.")
    company: CompanyType = strawberry.field(
        resolver=company_of_locations, description="The company that practises here."
    )
    name: str | None = strawberry.field(description="What the company calls this place, entered by hand.")
    kind: LocationKind = strawberry.field(description="What the place is to its company.")
    is_primary: bool = strawberry.field(description="Whether it is the company's primary location.")
    is_active: bool = strawberry.field(description="Whether the place is in use: the administrator's flag.")
    address: Address = strawberry.field(resolver=own_row, description="Where it is.")
    phone: PhoneNumber | None = strawberry.field(description="Telephone.")
    phone_extension: str | None = strawberry.field(description="What to dial after the telephone number.")
    fax: PhoneNumber | None = strawberry.field(description="Fax.")
    email: str | None = strawberry.field(description="E-mail address, entered by hand.")
    position: GeoPoint | None = strawberry.field(
        resolver=own_position, description="The place on the map; null where its ZIP is not known."
    )
    time_zone: str | None = strawberry.field(description="Time zone (IANA), such as America/Chicago.")
    source: RecordSource = strawberry.field(description="Where the record comes from.")
    created_at: datetime = strawberry.field(description="When the record was made.")
    updated_at: datetime = strawberry.field(description="When the record last changed.")
    version: int = strawberry.field(description="Counts the record's changes, from 1.")

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Return whether a node's row is a location."""
        return isinstance(row, LocationRow)


@strawberry.enum(description="What locations can be sorted by.")
class LocationOrderField(Enum):
    """The indexed orders of locations."""

    COMPANY = enum_value(
        "COMPANY", description="By company, and each company's primary location before its others."
    )
    CITY = enum_value("CITY", description="By city; case doesn't count.")
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


@dataclass(slots=True, kw_only=True)
class LocationSlice(Slice):
    """A page of locations with what counting the whole list needs."""

    condition: Condition
    near: Near | None = None
    npi: str | None = None


DistanceIn = Annotated[DistanceUnit, strawberry.argument(description="The unit of the distance.")]


def distance(root: EdgeRow, unit: DistanceIn = DistanceUnit.MILE) -> float | None:
    """Return how far the edge's location is from `near`."""
    kilometres = root.row.get("distance_km")
    return None if kilometres is None else kilometres / KM_PER_UNIT[unit]


@strawberry.type(description="A location in a list.")
class LocationEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: Location = strawberry.field(resolver=paging.edge_node, description="The location.")
    distance: float | None = strawberry.field(
        resolver=distance, description="How far it is from `near`; null where that wasn't given."
    )


@batched
async def total_of_locations(context: Context, parents: Sequence[LocationSlice]) -> list[TotalCount]:
    """Return how many locations each list has: those of companies together, each other one by itself."""
    totals: dict[int, Count] = {}
    by_condition: dict[int, list[LocationSlice]] = {}
    for slice_ in parents:
        if slice_.npi is None:
            number = await locations.count(context.database, slice_.condition, paging.COUNT_CAP, slice_.near)
            totals[id(slice_)] = paging.counted(number)
        else:
            by_condition.setdefault(id(slice_.condition), []).append(slice_)
    for slices in by_condition.values():
        npis = [slice_.npi for slice_ in slices if slice_.npi]
        numbers = await locations.count_by_company(context.database, npis, slices[0].condition)
        totals |= {id(slice_): paging.counted(number) for slice_, number in zip(slices, numbers, strict=True)}
    return [totals[id(slice_)] for slice_ in parents]  # type: ignore[misc]


@strawberry.type(description="A page of locations.")
class LocationConnection:
    """A connection, resolved from a LocationSlice."""

    edges: list[LocationEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The locations with their cursors."
    )
    nodes: list[Location] = strawberry.field(resolver=paging.slice_nodes, description="The locations alone.")
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page stands.")
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
        description="What to sort by; if left out, by distance where `near` is given, else by company."
    ),
]
OwnLocationsBy = Annotated[
    LocationOrder | None,
    strawberry.argument(description="What to sort by; the primary location first if left out."),
]
Around = Annotated[
    NearInput | None, strawberry.argument(description="Only locations round a place, nearest first.")
]


async def locations_page(
    info: Info,
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
    filter: LocationsLike = None,  # noqa: A002 - the argument's name in the schema
    near: Around = None,
    order_by: LocationsBy = None,
) -> LocationConnection:
    """Return a page of all locations."""
    context: Context = info.context
    condition = location_condition(filter)
    place = await circle(context, near) if near else None
    order = sort_order(order_by, locations.BY_COMPANY, near=bool(near))
    scope = ("locations", order, condition, place)
    keys = locations.keys(order)
    window = paging.window(PageArguments(first, after, last, before), scope, keys)
    page = await locations.page(context.database, condition, order, window, place)
    return LocationSlice(page, keys, scope, condition=condition, near=place)  # type: ignore[return-value]


@batched
async def locations_of_companies(
    context: Context,
    parents: Sequence[companies.Company],
    first: paging.First = None,
    after: paging.After = None,
    last: paging.Last = None,
    before: paging.Before = None,
    filter: LocationsLike = None,  # noqa: A002 - the argument's name in the schema
    order_by: OwnLocationsBy = None,
) -> list[LocationConnection]:
    """Return a page of each company's locations; a cursor is good for the company that it came from."""
    condition = location_condition(filter)
    order = sort_order(order_by, locations.PRIMARY_FIRST)
    keys = locations.keys(order)
    scopes = {row["npi"]: ("Company.locations", row["npi"], order, condition) for row in parents}
    windows = paging.windows(PageArguments(first, after, last, before), scopes, keys)
    npis = [npi for npi, window in windows.items() if isinstance(window, Window)]
    window = next((window for window in windows.values() if isinstance(window, Window)), None)
    found = await locations.page_by_company(context.database, npis, condition, order, window) if window else []
    slices = {
        npi: LocationSlice(page, keys, scopes[npi], condition=condition, npi=npi)
        for npi, page in zip(npis, found, strict=True)
    }
    return [slices.get(row["npi"], windows[row["npi"]]) for row in parents]  # type: ignore[arg-type, misc]
