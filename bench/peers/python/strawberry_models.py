"""The tables as the Strawberry peer's ORM sees them, and its statements."""

import os
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, ForeignKey, Select, Text, func, literal_column, select, text, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql import cast as sql_cast

from bench.peers.python import nearby

_URL = os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:", 1)
_SESSIONS = async_sessionmaker(
    create_async_engine(_URL, pool_size=int(os.environ["POOL_SIZE"]), max_overflow=0), expire_on_commit=False
)
# Counting stops there.
_MOST = 10_000


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
    state: Mapped[str | None]


_TAXONOMIES = func.array_to_tsvector(literal_column("taxonomy_codes"))
Companies = Select[CompanyModel]
# By the names of CompanyOrderField.
_KEYS: dict[str, ColumnElement[Any]] = {
    "NAME": cast("ColumnElement[Any]", CompanyModel.name_folded),
    "ENUMERATED_ON": func.coalesce(CompanyModel.enumerated_on, literal_column("'-infinity'::date")),
}


async def company(npi: str) -> CompanyModel | None:
    """Return one company."""
    async with _SESSIONS() as session:
        return await session.get(CompanyModel, npi)


async def all_of(statement: Select[Any]) -> Sequence[Any]:
    """Return the models that a statement selects."""
    async with _SESSIONS() as session:
        return (await session.scalars(statement)).all()


async def page(first: int, position: list[str] | None) -> Sequence[CompanyModel]:
    """Return a page of companies by name, and the one after it."""
    order = (CompanyModel.name_folded, CompanyModel.npi)
    statement = select(CompanyModel).order_by(*order).limit(first + 1)
    if position is not None:
        statement = statement.where(tuple_(*order) > tuple_(*position))
    return await all_of(statement)


def filtered(states: list[str], prefixes: list[str]) -> Companies:
    """Select the companies of some states that have one of the taxonomies."""
    query = " | ".join(f"'{prefix}':*" for prefix in prefixes)
    in_states = select(LocationModel.npi).where(
        LocationModel.npi == CompanyModel.npi,
        LocationModel.is_primary,
        func.coalesce(LocationModel.state, literal_column("''")).in_(states),
    )
    has_taxonomy = _TAXONOMIES.op("@@")(sql_cast(sql_cast(query, Text), TSQUERY))
    return select(CompanyModel).where(has_taxonomy, in_states.exists())


async def ordered(statement: Companies, field: str, first: int, *, descending: bool) -> Sequence[CompanyModel]:
    """Return the first page of companies in an order, and the one after it."""
    keys = (_KEYS[field], CompanyModel.npi)
    order = [key.desc() if descending else key.asc() for key in keys]
    return await all_of(statement.order_by(*order).limit(first + 1))


async def count(statement: Companies) -> int:
    """Return how many companies there are."""
    capped = (
        statement.with_only_columns(literal_column("1"), maintain_column_froms=True).limit(_MOST + 1).subquery()
    )
    async with _SESSIONS() as session:
        return min(await session.scalar(select(func.count()).select_from(capped)) or 0, _MOST)


async def near(postal_code: str, miles: float, first: int) -> Sequence[tuple[LocationModel, float]]:
    """Return the locations nearest to a ZIP with their distances in miles, and the one after them."""
    async with _SESSIONS() as session:
        centre = (await session.execute(_ZIP, {"zip": postal_code})).one()
        values = nearby.values(centre.longitude, centre.latitude, miles)
        bound = {f"p{number}": value for number, value in enumerate((*values, first + 1), 1)}
        rows = await session.execute(_NEAR, bound)
        return [(row[0], row[1]) for row in rows]


async def companies_of(npis: list[str]) -> list[CompanyModel | None]:
    """Return the companies with these NPIs, in their order."""
    found = {row.npi: row for row in await all_of(select(CompanyModel).where(CompanyModel.npi.in_(npis)))}
    return [found.get(npi) for npi in npis]


async def locations_of(npis: list[str]) -> Sequence[list[LocationModel]]:
    """Return the locations of each company, the primary one first."""
    ordered = select(LocationModel).order_by(LocationModel.npi, LocationModel.rank, LocationModel.id)
    found: dict[str, list[LocationModel]] = {npi: [] for npi in npis}
    for row in await all_of(ordered.where(LocationModel.npi.in_(npis))):
        found[row.npi].append(row)
    return list(found.values())


def _named(sql: str) -> str:
    """Return SQL with :p1 for $1, as SQLAlchemy's text has it."""
    for number in range(8, 0, -1):
        sql = sql.replace(f"${number}::float8", f"CAST(:p{number} AS float8)").replace(f"${number}", f":p{number}")
    return sql


_ZIP = text("SELECT position[0] AS longitude, position[1] AS latitude FROM zips WHERE zip = :zip")
_NEAR = select(LocationModel, literal_column("distance")).from_statement(
    text(_named(f"SELECT locations.*, {nearby.DISTANCE} AS distance FROM locations {nearby.WITHIN}"))
)
