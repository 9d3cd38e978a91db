"""No GraphQL at all: the known operations by hand on raw ASGI, one statement a level. The limit to come near."""

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from bench.peers.python import directory

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = Callable[[PoolConnectionProxy, Mapping[str, Any]], Awaitable[dict[str, Any]]]

FIRST_LOCATIONS = 10


def company(row: asyncpg.Record, locations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a company as the operations ask for it."""
    npi, name, phone, npi_status, enumerated_on, *_ = row
    return {
        "npi": npi,
        "name": name,
        "phone": phone,
        "npiStatus": npi_status,
        "enumeratedOn": enumerated_on,
        "locations": {"nodes": locations[:FIRST_LOCATIONS]},
    }


async def companies(connection: PoolConnectionProxy, rows: list[asyncpg.Record]) -> dict[str, dict[str, Any]]:
    """Return companies with their locations, by NPI."""
    found: dict[str, list[dict[str, Any]]] = {row[0]: [] for row in rows}
    for npi, kind, is_primary, is_active, phone, fax, time_zone in await connection.fetch(
        directory.LOCATIONS, list(found)
    ):
        location = {
            "kind": kind,
            "isPrimary": is_primary,
            "isActive": is_active,
            "phone": phone,
            "fax": fax,
            "timeZone": time_zone,
        }
        found[npi].append(location)
    return {row[0]: company(row, found[row[0]]) for row in rows}


async def point(connection: PoolConnectionProxy, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `point`."""
    npi = variables["npi"]
    row = await connection.fetchrow(directory.ONE, npi)
    return {"company": (await companies(connection, [row]))[npi] if row else None}


async def page(connection: PoolConnectionProxy, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `page`."""
    first = variables["first"]
    rows = await directory.page(connection, first, variables.get("after"))
    return {"companies": {"nodes": list((await companies(connection, rows[:first])).values())}}


async def bulk(connection: PoolConnectionProxy, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `bulk`."""
    npis = variables["npis"]
    found = await companies(connection, await connection.fetch(directory.MANY, npis))
    return {"companiesByNpi": [found.get(npi) for npi in npis]}


async def walk(connection: PoolConnectionProxy, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `walk`."""
    first = variables["first"]
    rows = (await directory.page(connection, first, variables.get("after")))[:first]
    return {"companies": {"pageInfo": {"endCursor": directory.cursor(rows[-1]) if rows else None}}}


def known_operations() -> dict[str, Answer]:
    """Return what answers each operation, by its text."""
    folder = Path(os.environ["OPERATIONS"])
    return {(folder / f"{answer.__name__}.graphql").read_text(): answer for answer in (point, page, bulk, walk)}


class Handwritten:
    """The ASGI application."""

    def __init__(self) -> None:
        self._operations = known_operations()
        self._pool: asyncpg.Pool

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request; any other operation ends in an exception."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = await whole_body(receive)
        request = orjson.loads(body)
        answer = self._operations[request["query"]]
        async with self._pool.acquire() as connection:
            data = await answer(connection, request["variables"])
        content = orjson.dumps({"data": data})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        # Without it PostgreSQL plans `= ANY ($1)` anew for each request: a fifth of what it spends on `point`.
        async with directory.pool(plan_cache_mode="force_generic_plan") as self._pool:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def whole_body(receive: Receive) -> bytes:
    """Return a request's body."""
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


app = Handwritten()
