"""The schema: what can be asked for at the root, over the types of graph/types/."""

import asyncio
from collections.abc import Sequence
from operator import getitem
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.info import Info

from graph.directives.cost import ListSize
from graph.errors import BadUserInputError, ClientError
from graph.types import scalars
from graph.types.company import Company, CompanyConnection, companies_page, company_by_npi
from graph.types.dataset import DatasetInfo, dataset
from graph.types.location import Location, LocationConnection, location_by_id, locations_page
from graph.types.node import Node
from graph.types.paging import PAGED
from graph.types.scalars import NPI, SCALARS
from graph.types.verification import NpiVerification, verify_npis

# How many keys one look-up takes.
MAX_KEYS = 1_000


async def company_of_id(info: Info, id_: str) -> Any:  # noqa: ANN401 - a row of companies
    """Return the company with a global id; raises NotFoundError where there is none."""
    row = await company_by_npi(scalars.company_npi(id_), info)
    if row is None:
        raise scalars.not_found("company")
    return row


async def location_of_id(info: Info, id_: str) -> Any:  # noqa: ANN401 - a row of locations
    """Return the location with a global id; raises NotFoundError where there is none."""
    row = await location_by_id(str(scalars.location_uuid(id_)), info)
    if row is None:
        raise scalars.not_found("location")
    return row


async def node_of_id(info: Info, id_: str) -> Any:  # noqa: ANN401 - a row of companies or locations
    """Return whatever has a global id; raises NotFoundError or BadUserInputError where nothing can."""
    if scalars.COMPANY_ID.fullmatch(id_):
        return await company_of_id(info, id_)
    if scalars.LOCATION_ID.fullmatch(id_):
        return await location_of_id(info, id_)
    raise BadUserInputError("This is not an id of this API.", field="id")


GlobalId = Annotated[strawberry.ID, strawberry.argument(description="A global id, as `id` of any node gives it.")]
GlobalIds = Annotated[list[strawberry.ID], strawberry.argument(description="Global ids.")]
CompanyId = Annotated[strawberry.ID | None, strawberry.argument(description="Its global id; or give `npi`.")]
CompanyNpi = Annotated[NPI | None, strawberry.argument(description="Its NPI; or give `id`.")]
Npis = Annotated[list[NPI], strawberry.argument(description="NPIs, each checked before anything is looked up.")]


async def node(info: Info, id: GlobalId) -> Node | None:  # noqa: A002 - the argument's name in the schema
    """Return what has this id."""
    return await node_of_id(info, id)  # type: ignore[no-any-return]


async def nodes(info: Info, ids: GlobalIds) -> list[Node | None]:
    """Return what has each of these ids; an error stands where nothing has."""
    limited(ids, "ids")
    found = await asyncio.gather(*(node_of_id(info, id_) for id_ in ids), return_exceptions=True)
    for each in found:
        if isinstance(each, BaseException) and not isinstance(each, ClientError):
            raise each
    return found  # type: ignore[return-value]


async def company(info: Info, id: CompanyId = None, npi: CompanyNpi = None) -> Company | None:  # noqa: A002
    """Return the company with this id or this NPI."""
    if (id is None) == (npi is None):
        raise BadUserInputError("Give either id or npi.", field="id")
    if id is not None:
        return await company_of_id(info, id)  # type: ignore[no-any-return]
    return await company_by_npi(npi, info)  # type: ignore[no-any-return]


async def companies_by_npi(info: Info, npis: Npis) -> list[Company | None]:
    """Return the company with each of these NPIs, null for an unknown one."""
    limited(npis, "npis")
    return list(await asyncio.gather(*(company_by_npi(npi, info) for npi in npis)))


async def location(info: Info, id: GlobalId) -> Location | None:  # noqa: A002
    """Return the location with this id."""
    return await location_of_id(info, id)  # type: ignore[no-any-return]


def listed(argument: str) -> ListSize:
    """Return the size of a list that has an item for each of an argument's."""
    return ListSize(assumed_size=1, slicing_arguments=[argument], sized_fields=[])


def limited(keys: Sequence[str], field: str) -> None:
    """Refuse more keys than one look-up takes; raises BadUserInputError."""
    if len(keys) > MAX_KEYS:
        raise BadUserInputError(f"{field} lists {len(keys)}; at most {MAX_KEYS} at a time.", field=field)


@strawberry.type(description="What can be asked for.")
class Query:
    """The root of every query."""

    node: Node | None = strawberry.field(resolver=node, description="Whatever has this global id.")
    nodes: list[Node | None] = strawberry.field(
        resolver=nodes,
        directives=[listed("ids")],
        description=f"Whatever has each of these global ids (at most {MAX_KEYS}), in their order.",
    )
    company: Company | None = strawberry.field(
        resolver=company, description="One company by its id or its NPI; null for an NPI that isn't here."
    )
    companies: CompanyConnection = strawberry.field(
        resolver=companies_page,
        directives=[PAGED],
        description="Companies, by name unless ordered otherwise.",
    )
    companies_by_npi: list[Company | None] = strawberry.field(
        resolver=companies_by_npi,
        directives=[listed("npis")],
        description=(
            f"The companies with these NPIs (at most {MAX_KEYS}): as many as were asked for and in that "
            "order, null for each that isn't here."
        ),
    )
    verify_npis: list[NpiVerification] = strawberry.field(
        resolver=verify_npis,
        directives=[listed("npis")],
        description="The verdict on each of these numbers (at most 1000); a bad one is a verdict, no error.",
    )
    location: Location | None = strawberry.field(resolver=location, description="One location by its id.")
    locations: LocationConnection = strawberry.field(
        resolver=locations_page,
        directives=[PAGED],
        description="Locations: nearest first where `near` is given, by company otherwise.",
    )
    dataset: DatasetInfo = strawberry.field(
        resolver=dataset, description="What the directory holds, and as of when."
    )


# Parents are rows, whose columns are named like the fields.
schema = strawberry.Schema(
    query=Query,
    types=[Company, Location],
    config=StrawberryConfig(default_resolver=getitem, scalar_map=SCALARS),
)
