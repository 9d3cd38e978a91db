"""Licenses: the type, and those of companies."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

import strawberry

from db import companies, licenses
from db.columns import Asked
from db.companies import Company as CompanyRow
from db.licenses import License as LicenseRow
from graph.cache.tags import company_tag
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.example import Example
from graph.resolvers import batched, depends_on, inlined, reads
from graph.types import paging
from graph.types.enums import LicenseKind, RecordSource
from graph.types.examples import A_LICENSE
from graph.types.node import Node
from graph.types.paging import PageInfo, own_row

# company.py imports this file, so the way back is lazy.
CompanyType = Annotated["Company", strawberry.lazy("graph.types.company")]  # type: ignore[name-defined]  # noqa: F821

OnDay = Annotated[date | None, strawberry.argument(description="The day; today (UTC) if left out.")]
OfKind = Annotated[
    LicenseKind | None, strawberry.argument(description="Only licenses of this kind; all if left out.")
]


@inlined('"license:" + str({id})', in_json="global_id")
def license_id(root: LicenseRow) -> strawberry.ID:
    """Return a license's global id."""
    return strawberry.ID(f"license:{root['id']}")


@reads("issued_on", "expires_on")
def is_valid(root: LicenseRow, on: OnDay = None) -> bool:
    """Return whether a license is valid on a day, its last one included."""
    day = on or today()
    issued_on: date | None = root["issued_on"]
    expires_on: date = root["expires_on"]
    return (issued_on is None or issued_on <= day) and day <= expires_on


def tags_of_companies(parents: Sequence[LicenseRow], **_: object) -> list[str]:
    """What licenses' companies depend on."""
    return [company_tag(row["npi"]) for row in parents]


@batched("npi")
@depends_on(tags_of_companies)
async def company_of_licenses(
    context: Context, parents: Sequence[LicenseRow], columns: Asked = None
) -> list[CompanyType]:
    """Return each license's company."""
    return await companies.by_npi(context.database, [row["npi"] for row in parents], columns)


@strawberry.type(
    description="A license, bond or accreditation of a company, with its expiry date.", directives=[INHERITED]
)
class License(Node):
    """A license, resolved from a row of licenses."""

    row: ClassVar = LicenseRow

    id: strawberry.ID = strawberry.field(
        resolver=license_id,
        directives=[A_LICENSE],
        description="The global id.",
    )
    company: CompanyType = strawberry.field(resolver=company_of_licenses, description="The company that has it.")
    kind: LicenseKind = strawberry.field(description="What it is for.")
    name: str | None = strawberry.field(
        directives=[Example(value="Oxygen retailer permit")],
        description="Its name, such as Oxygen retailer permit.",
    )
    number: str = strawberry.field(
        directives=[Example(value="HQ-0078123")], description="Its number, as its issuer writes it."
    )
    state: str | None = strawberry.field(description="Two-letter state or territory in which it is valid.")
    issuer: str | None = strawberry.field(
        directives=[Example(value="ACHC")], description="The issuer, such as ACHC."
    )
    issued_on: date | None = strawberry.field(description="The first day on which it is valid, if known.")
    expires_on: date = strawberry.field(description="The last day on which it is valid.")
    is_valid: bool = strawberry.field(
        resolver=is_valid, description="Whether it is valid on a day: issued by then, and not expired."
    )
    source: RecordSource = strawberry.field(
        description="NPPES if number and state were taken from a taxonomy, MANUAL if they were entered."
    )
    created_at: datetime = strawberry.field(description="When the record was created.")
    updated_at: datetime = strawberry.field(description="When the record last changed.")
    version: int = strawberry.field(
        directives=[Example(value="3")], description="Counts the record's changes, from 1."
    )

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Return whether a node's row is a license."""
        return getattr(row, "noun", None) == LicenseRow.noun


@strawberry.type(description="A license in a list.")
class LicenseEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: License = strawberry.field(resolver=paging.edge_node, description="The license.")


@strawberry.type(description="A page of licenses.")
class LicenseConnection:
    """A connection, resolved from a Slice."""

    edges: list[LicenseEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The licenses with their cursors."
    )
    nodes: list[License] = strawberry.field(
        resolver=paging.slice_nodes, description="The licenses without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


async def license_by_id(
    context: Context, parents: Sequence[str], columns: Asked = None
) -> Sequence[LicenseRow | None]:
    """Return the license with each UUID (as text)."""
    return await licenses.by_id(context.database, [UUID(id_) for id_ in parents], columns)


@batched("npi", nest=licenses.nested, nestable=licenses.NESTABLE)
async def licenses_of_companies(
    context: Context, parents: Sequence[CompanyRow], columns: Asked = None
) -> list[list[License]]:
    """Return each company's licenses, those that expire first before others."""
    npis = [row["npi"] for row in parents]
    return await licenses.by_company(context.database, npis, columns)  # type: ignore[return-value]


@batched("npi")
async def are_valid_of_companies(
    context: Context, parents: Sequence[CompanyRow], on: OnDay = None, kind: OfKind = None
) -> list[bool | None]:
    """Return whether each company has a valid license; None where it has none."""
    npis = [row["npi"] for row in parents]
    return await licenses.are_valid(context.database, npis, on or today(), str(kind.value) if kind else None)


def today() -> date:
    """Return the day that it is in UTC."""
    return datetime.now(UTC).date()
