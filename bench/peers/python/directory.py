"""The reads that the peers on asyncpg share: one statement a level, columns named as the answers name them."""

import base64
import os
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from bench.peers.python import nearby

_COMPANY = (
    '\'company:\' || npi AS id, npi, name, phone, npi_status AS "npiStatus", enumerated_on AS "enumeratedOn"'
)
_LOCATION = (
    '\'location:\' || id AS id, npi, kind, is_primary AS "isPrimary", is_active AS "isActive", phone, fax, '
    'time_zone AS "timeZone"'
)
_ORDER = "ORDER BY name_folded, npi LIMIT"

ONE = f"SELECT {_COMPANY} FROM companies WHERE npi = $1"
MANY = f"SELECT {_COMPANY} FROM companies WHERE npi = ANY($1::text[])"
FIRST_PAGE = f"SELECT {_COMPANY}, name_folded FROM companies {_ORDER} $1"
NEXT_PAGE = f"SELECT {_COMPANY}, name_folded FROM companies WHERE (name_folded, npi) > ($2, $3) {_ORDER} $1"
LOCATIONS = f"SELECT {_LOCATION} FROM locations WHERE npi = ANY($1::text[]) ORDER BY npi, rank, locations.id"

# The conditions of this server's own statements.
_FILTERED = """array_to_tsvector(taxonomy_codes) @@ $2::text::tsquery AND EXISTS (SELECT FROM locations AS first
  WHERE first.npi = companies.npi AND first.is_primary AND coalesce(first.state, '') = ANY($1::text[]))"""
# By the names of CompanyOrderField: the key in SQL, and the member of a row that a cursor holds it from.
_KEYS = {
    "NAME": ("name_folded", "name_folded"),
    "ENUMERATED_ON": ("coalesce(enumerated_on, '-infinity'::date)", "enumeratedOn"),
}
_COUNT = f"SELECT count(*) FROM (SELECT FROM companies WHERE {_FILTERED} LIMIT $3) AS found"
# Counting stops there.
_MOST = 10_000

_ZIP = "SELECT position FROM zips WHERE zip = $1"
_NEAR = f"SELECT {_LOCATION}, {nearby.DISTANCE} AS distance FROM locations {nearby.WITHIN}"

Row = asyncpg.Record | Mapping[str, Any]
Variables = Mapping[str, Any]


async def keep_session(_: asyncpg.Connection) -> None:
    """Leave a connection as it is when it is given back: reads change no session state."""


def pool(**session: str) -> asyncpg.Pool:
    """Return the pool, of the size that all servers have, with settings of PostgreSQL for its sessions."""
    size = int(os.environ["POOL_SIZE"])
    url = os.environ["DATABASE_URL"]
    return asyncpg.create_pool(url, min_size=0, max_size=size, reset=keep_session, server_settings=session)


async def page(connection: PoolConnectionProxy, first: int, after: str | None) -> list[asyncpg.Record]:
    """Return a page's companies and, where there is one, the company after it."""
    if after is None:
        return await connection.fetch(FIRST_PAGE, first + 1)
    name, npi = orjson.loads(base64.urlsafe_b64decode(after))
    return await connection.fetch(NEXT_PAGE, first + 1, name, npi)


async def filtered(connection: PoolConnectionProxy, variables: Variables) -> list[asyncpg.Record]:
    """Return the first page of the companies that a filter leaves in an order, and the company after it."""
    [order] = variables["orderBy"]
    key, way = _KEYS[order["field"]][0], "DESC" if order["direction"] == "DESC" else "ASC"
    statement = (
        f"SELECT {_COMPANY}, name_folded FROM companies WHERE {_FILTERED} ORDER BY {key} {way}, npi {way} LIMIT $3"
    )
    return await connection.fetch(statement, *_filter(variables), variables["first"] + 1)


async def count(connection: PoolConnectionProxy, variables: Variables) -> int:
    """Return how many companies a filter leaves."""
    found: int = await connection.fetchval(_COUNT, *_filter(variables), _MOST + 1)
    return min(found, _MOST)


def _filter(variables: Variables) -> tuple[list[str], str]:
    given = variables["filter"]
    return given["state"], " | ".join(f"'{prefix}':*" for prefix in given["taxonomyPrefix"])


async def near(connection: PoolConnectionProxy, variables: Variables) -> list[asyncpg.Record]:
    """Return the locations nearest to a ZIP, and the one after them."""
    circle = variables["near"]
    centre = await connection.fetchval(_ZIP, circle["postalCode"])
    values = nearby.values(centre.x, centre.y, circle["radius"])
    return await connection.fetch(_NEAR, *values, variables["first"] + 1)


def cursor(row: Row, order: str = "NAME") -> str:
    """Return where to continue after a company."""
    return base64.urlsafe_b64encode(orjson.dumps([row[_KEYS[order][1]], row["npi"]])).decode()


def location_cursor(row: Row) -> str:
    """Return where to continue after a location."""
    return base64.urlsafe_b64encode(orjson.dumps([row["id"]])).decode()


async def locations_of(connection: PoolConnectionProxy, npis: Sequence[str]) -> dict[str, list[asyncpg.Record]]:
    """Return the locations of each company, the primary one first."""
    found: dict[str, list[asyncpg.Record]] = {npi: [] for npi in npis}
    for row in await connection.fetch(LOCATIONS, npis):
        found[row["npi"]].append(row)
    return found
