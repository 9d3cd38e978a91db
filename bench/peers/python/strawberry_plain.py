"""Strawberry as its users write it: SQLAlchemy's ORM, a DataLoader for each request, its own ASGI application."""

import base64
import json
import os
from collections.abc import Sequence
from datetime import date
from typing import Any, NewType

import strawberry
from sqlalchemy import ForeignKey, select, tuple_
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types.info import Info

_URL = os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:", 1)
_SESSIONS = async_sessionmaker(
    create_async_engine(_URL, pool_size=int(os.environ["POOL_SIZE"]), max_overflow=0), expire_on_commit=False
)

NPI = NewType("NPI", str)


class Base(DeclarativeBase):
    """The base of the models."""


class CompanyModel(Base):
    """A row of companies."""

    __tablename__ = "companies"
    npi: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    npi_status: Mapped[str]
    enumerated_on: Mapped[date | None]
    name_folded: Mapped[str]


class LocationModel(Base):
    """A row of locations."""

    __tablename__ = "locations"
    id: Mapped[str] = mapped_column(primary_key=True)
    npi: Mapped[str] = mapped_column(ForeignKey("companies.npi"))
    kind: Mapped[str]
    is_primary: Mapped[bool]
    is_active: Mapped[bool]
    phone: Mapped[str | None]
    fax: Mapped[str | None]
    time_zone: Mapped[str | None]
    rank: Mapped[int]


@strawberry.type
class Location:
    """A location."""

    kind: str
    is_primary: bool
    is_active: bool
    phone: str | None
    fax: str | None
    time_zone: str | None


@strawberry.type
class LocationConnection:
    """A page of locations."""

    nodes: list[Location]


@strawberry.type
class PageInfo:
    """Where a page stands."""

    end_cursor: str | None
    has_next_page: bool


@strawberry.type
class Company:
    """A company."""

    npi: str
    name: str
    phone: str | None
    npi_status: str
    enumerated_on: date | None

    @strawberry.field
    async def locations(self, info: Info, first: int) -> LocationConnection:
        """Load the locations with those of the other companies."""
        found = await info.context["locations"].load(self.npi)
        return LocationConnection(nodes=[location_of(row) for row in found[:first]])


@strawberry.type
class CompanyConnection:
    """A page of companies."""

    nodes: list[Company]
    page_info: PageInfo


def company_of(row: CompanyModel) -> Company:
    """Return the type for a row."""
    return Company(
        npi=row.npi,
        name=row.name,
        phone=row.phone,
        npi_status=row.npi_status,
        enumerated_on=row.enumerated_on,
    )


def location_of(row: LocationModel) -> Location:
    """Return the type for a row."""
    return Location(
        kind=row.kind,
        is_primary=row.is_primary,
        is_active=row.is_active,
        phone=row.phone,
        fax=row.fax,
        time_zone=row.time_zone,
    )


async def locations_of(npis: list[str]) -> Sequence[list[LocationModel]]:
    """Return the locations of each company, the primary one first."""
    ordered = select(LocationModel).order_by(LocationModel.npi, LocationModel.rank, LocationModel.id)
    async with _SESSIONS() as session:
        rows = await session.scalars(ordered.where(LocationModel.npi.in_(npis)))
    found: dict[str, list[LocationModel]] = {npi: [] for npi in npis}
    for row in rows:
        found[row.npi].append(row)
    return list(found.values())


def cursor(row: CompanyModel) -> str:
    """Return where to continue after a company."""
    return base64.urlsafe_b64encode(json.dumps([row.name_folded, row.npi]).encode()).decode()


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    async def company(self, npi: NPI) -> Company | None:
        """Return one company."""
        async with _SESSIONS() as session:
            row = await session.get(CompanyModel, npi)
        return company_of(row) if row else None

    @strawberry.field
    async def companies(self, first: int, after: str | None = None) -> CompanyConnection:
        """Return a page of companies by name."""
        order = (CompanyModel.name_folded, CompanyModel.npi)
        statement = select(CompanyModel).order_by(*order).limit(first + 1)
        if after is not None:
            statement = statement.where(tuple_(*order) > tuple_(*json.loads(base64.urlsafe_b64decode(after))))
        async with _SESSIONS() as session:
            rows = (await session.scalars(statement)).all()
        page = rows[:first]
        end_cursor = cursor(page[-1]) if page else None
        return CompanyConnection(
            nodes=[company_of(row) for row in page],
            page_info=PageInfo(end_cursor=end_cursor, has_next_page=len(rows) > first),
        )

    @strawberry.field
    async def companies_by_npi(self, npis: list[NPI]) -> list[Company | None]:
        """Return the companies with these NPIs, in their order."""
        async with _SESSIONS() as session:
            rows = await session.scalars(select(CompanyModel).where(CompanyModel.npi.in_(npis)))
        found = {row.npi: row for row in rows}
        return [company_of(found[npi]) if npi in found else None for npi in npis]


class Application(GraphQL):
    """Strawberry's application with the loader in each request's context."""

    async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ANN401 - as it is there
        """Return what one request carries."""
        return {"request": request, "response": response, "locations": DataLoader(load_fn=locations_of)}


schema = strawberry.Schema(
    query=Query,
    config=StrawberryConfig(scalar_map={NPI: strawberry.scalar(name="NPI")}),
    extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)],
)
app = Application(schema, graphql_ide=None)
