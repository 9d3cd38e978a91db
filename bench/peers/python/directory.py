"""The reads that the peers on asyncpg share: one statement a level, columns named as the answers name them."""

import base64
import os
from collections.abc import Sequence

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

_COMPANY = 'npi, name, phone, npi_status AS "npiStatus", enumerated_on AS "enumeratedOn"'
_LOCATION = 'npi, kind, is_primary AS "isPrimary", is_active AS "isActive", phone, fax, time_zone AS "timeZone"'
_ORDER = "ORDER BY name_folded, npi LIMIT"

ONE = f"SELECT {_COMPANY} FROM companies WHERE npi = $1"
MANY = f"SELECT {_COMPANY} FROM companies WHERE npi = ANY($1::text[])"
FIRST_PAGE = f"SELECT {_COMPANY}, name_folded FROM companies {_ORDER} $1"
NEXT_PAGE = f"SELECT {_COMPANY}, name_folded FROM companies WHERE (name_folded, npi) > ($2, $3) {_ORDER} $1"
LOCATIONS = f"SELECT {_LOCATION} FROM locations WHERE npi = ANY($1::text[]) ORDER BY npi, rank, id"


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


def cursor(row: asyncpg.Record) -> str:
    """Return where to continue after a company."""
    return base64.urlsafe_b64encode(orjson.dumps([row["name_folded"], row["npi"]])).decode()


async def locations_of(connection: PoolConnectionProxy, npis: Sequence[str]) -> dict[str, list[asyncpg.Record]]:
    """Return the locations of each company, the primary one first."""
    found: dict[str, list[asyncpg.Record]] = {npi: [] for npi in npis}
    for row in await connection.fetch(LOCATIONS, npis):
        found[row["npi"]].append(row)
    return found
