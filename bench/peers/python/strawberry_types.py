"""The Strawberry peer's types: what rows and pages of rows are shown as."""

import base64
import json
from datetime import date
from enum import Enum
from typing import Any, Self

import strawberry
from strawberry.types.info import Info

from bench.peers.python import strawberry_models as models
from bench.peers.python.strawberry_models import CompanyModel, LocationModel


def cursor(*position: object) -> str:
    """Return where to continue after a row."""
    return base64.urlsafe_b64encode(json.dumps(position, default=str).encode()).decode()


@strawberry.type
class PageInfo:
    """Where a page stands."""

    end_cursor: str | None
    has_next_page: bool


@strawberry.type
class Location:
    """A location."""

    id: strawberry.ID
    kind: str
    is_primary: bool
    is_active: bool
    phone: str | None
    fax: str | None
    time_zone: str | None
    npi: strawberry.Private[str]

    @strawberry.field
    async def company(self, info: Info) -> "Company":
        """Load the company with those of the other locations."""
        return Company.of(await info.context["companies"].load(self.npi))

    @classmethod
    def of(cls, row: LocationModel) -> Self:
        """Return the type for a row."""
        return cls(
            id=strawberry.ID(f"location:{row.id}"),
            kind=row.kind,
            is_primary=row.is_primary,
            is_active=row.is_active,
            phone=row.phone,
            fax=row.fax,
            time_zone=row.time_zone,
            npi=row.npi,
        )


@strawberry.type
class LocationEdge:
    """A location in a list."""

    node: Location
    distance: float | None = None

    @strawberry.field
    def cursor(self) -> str:
        """Return where to continue after it."""
        return cursor(self.node.id)


@strawberry.type
class LocationConnection:
    """A page of locations, read with one more than was asked for."""

    found: strawberry.Private[list[LocationEdge]]
    first: strawberry.Private[int]

    @strawberry.field
    def edges(self) -> list[LocationEdge]:
        """Return the locations with their cursors."""
        return self.found[: self.first]

    @strawberry.field
    def nodes(self) -> list[Location]:
        """Return the locations alone."""
        return [edge.node for edge in self.found[: self.first]]

    @strawberry.field
    def page_info(self) -> PageInfo:
        """Return where the page stands."""
        end = cursor(self.found[: self.first][-1].node.id) if self.found else None
        return PageInfo(end_cursor=end, has_next_page=len(self.found) > self.first)


@strawberry.type
class Company:
    """A company."""

    id: strawberry.ID
    npi: str
    name: str
    phone: str | None
    npi_status: str
    enumerated_on: date | None

    @strawberry.field
    async def locations(self, info: Info, first: int) -> LocationConnection:
        """Load the locations with those of the other companies."""
        rows = await info.context["locations"].load(self.npi)
        return LocationConnection(found=[LocationEdge(node=Location.of(row)) for row in rows], first=first)

    @classmethod
    def of(cls, row: CompanyModel) -> Self:
        """Return the type for a row."""
        return cls(
            id=strawberry.ID(f"company:{row.npi}"),
            npi=row.npi,
            name=row.name,
            phone=row.phone,
            npi_status=row.npi_status,
            enumerated_on=row.enumerated_on,
        )


@strawberry.type
class CompanyEdge:
    """A company in a list."""

    node: Company
    cursor: str


@strawberry.type
class TotalCount:
    """How many items a list has."""

    value: int


@strawberry.enum
class CompanyOrderField(Enum):
    """What companies can be sorted by, and the member of a row that a cursor holds it from."""

    NAME = "name_folded"
    ENUMERATED_ON = "enumerated_on"


@strawberry.enum
class SortDirection(Enum):
    """A way to sort."""

    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class CompanyOrder:
    """A key and a direction."""

    field: CompanyOrderField
    direction: SortDirection


@strawberry.input
class CompanyFilter:
    """Which companies."""

    state: list[str]
    taxonomy_prefix: list[str]


@strawberry.input
class NearInput:
    """A circle around a ZIP."""

    postal_code: str
    radius: float


@strawberry.type
class CompanyConnection:
    """A page of companies, read with one more than was asked for."""

    rows: strawberry.Private[Any]
    first: strawberry.Private[int]
    key: strawberry.Private[str] = "name_folded"
    statement: strawberry.Private[Any] = None

    @strawberry.field
    def edges(self) -> list[CompanyEdge]:
        """Return the companies with their cursors."""
        return [CompanyEdge(node=Company.of(row), cursor=self.after(row)) for row in self.rows[: self.first]]

    @strawberry.field
    def nodes(self) -> list[Company]:
        """Return the companies alone."""
        return [Company.of(row) for row in self.rows[: self.first]]

    @strawberry.field
    def page_info(self) -> PageInfo:
        """Return where the page stands."""
        end = self.after(self.rows[: self.first][-1]) if self.rows else None
        return PageInfo(end_cursor=end, has_next_page=len(self.rows) > self.first)

    @strawberry.field
    async def total_count(self) -> TotalCount:
        """Count what the filter leaves."""
        return TotalCount(value=await models.count(self.statement))

    def after(self, row: CompanyModel) -> str:
        """Return where to continue after a row."""
        return cursor(getattr(row, self.key), row.npi)
