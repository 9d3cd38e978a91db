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
Variables = Mapping[str, Any]
Json = dict[str, Any]
Answer = Callable[[PoolConnectionProxy, Variables], Awaitable[Json]]


def company(row: asyncpg.Record) -> Json:
    """Return the fields of a company that most operations ask for."""
    id_, npi, name, phone, npi_status, enumerated_on, *_ = row
    return {
        "id": id_,
        "npi": npi,
        "name": name,
        "phone": phone,
        "npiStatus": npi_status,
        "enumeratedOn": enumerated_on,
        "__typename": "Company",
    }


def location(row: asyncpg.Record) -> Json:
    """Return the fields of a location that most operations ask for."""
    id_, _, kind, is_primary, is_active, phone, fax, time_zone, *_ = row
    return {
        "id": id_,
        "kind": kind,
        "isPrimary": is_primary,
        "isActive": is_active,
        "phone": phone,
        "fax": fax,
        "timeZone": time_zone,
        "__typename": "Location",
    }


def card(row: asyncpg.Record, locations: list[asyncpg.Record], first: int) -> Json:
    """Return a company with its locations."""
    found = company(row)
    nodes = [location(each) for each in locations[:first]]
    found["locations"] = {"nodes": nodes, "__typename": "LocationConnection"}
    return found


async def cards(connection: PoolConnectionProxy, rows: list[asyncpg.Record], first: int) -> dict[str, Json]:
    """Return companies with their locations, by NPI."""
    found = await directory.locations_of(connection, [row["npi"] for row in rows])
    return {row["npi"]: card(row, found[row["npi"]], first) for row in rows}


def page_info(rows: list[asyncpg.Record], first: int, cursor: Callable[[directory.Row], str]) -> Json:
    """Return where a page stands that was read with one row more."""
    shown = rows[:first]
    return {"endCursor": cursor(shown[-1]) if shown else None, "hasNextPage": len(rows) > first}


def location_edges(rows: list[asyncpg.Record], first: int) -> Json:
    """Return a company's locations with their cursors."""
    edges = [{"node": location(row), "cursor": directory.location_cursor(row)} for row in rows[:first]]
    return {"edges": edges, "pageInfo": page_info(rows, first, directory.location_cursor)}


def company_edge(row: asyncpg.Record, locations: list[asyncpg.Record], first: int) -> Json:
    """Return a company with its locations, each with its cursor."""
    node = {**company(row), "locations": location_edges(locations, first)}
    return {"node": node, "cursor": directory.cursor(row)}


async def point(connection: PoolConnectionProxy, variables: Variables) -> Json:
    """Answer `point`."""
    npi = variables["npi"]
    row = await connection.fetchrow(directory.ONE, npi)
    return {"company": (await cards(connection, [row], variables["locations"]))[npi] if row else None}


async def page(connection: PoolConnectionProxy, variables: Variables) -> Json:
    """Answer `page`."""
    first = variables["first"]
    rows = await directory.page(connection, first, variables.get("after"))
    nodes = list((await cards(connection, rows[:first], variables["locations"])).values())
    return {"companies": {"nodes": nodes, "__typename": "CompanyConnection"}}


async def bulk(connection: PoolConnectionProxy, variables: Variables) -> Json:
    """Answer `bulk`."""
    npis = variables["npis"]
    found = await cards(connection, await connection.fetch(directory.MANY, npis), variables["locations"])
    return {"companiesByNpi": [found.get(npi) for npi in npis]}


async def relay(connection: PoolConnectionProxy, variables: Variables) -> Json:
    """Answer `relay`."""
    first = variables["first"]
    rows = await directory.page(connection, first, variables.get("after"))
    found = await directory.locations_of(connection, [row["npi"] for row in rows[:first]])
    edges = [company_edge(row, found[row["npi"]], variables["locations"]) for row in rows[:first]]
    return {"companies": {"edges": edges, "pageInfo": page_info(rows, first, directory.cursor)}}


async def filtered(connection: PoolConnectionProxy, variables: Variables) -> Json:
    """Answer `filtered`."""
    first, [order] = variables["first"], variables["orderBy"]
    rows = await directory.filtered(connection, variables)
    count = await directory.count(connection, variables)
    info = page_info(rows, first, lambda row: directory.cursor(row, order["field"]))
    found = {
        "totalCount": {"value": count, "__typename": "TotalCount"},
        "nodes": [company(row) for row in rows[:first]],
        "pageInfo": {**info, "__typename": "PageInfo"},
        "__typename": "CompanyConnection",
    }
    return {"companies": found}


async def near(connection: PoolConnectionProxy, variables: Variables) -> Json:
    """Answer `near`."""
    rows = (await directory.near(connection, variables))[: variables["first"]]
    npis = list({row["npi"] for row in rows})
    companies = {
        row["npi"]: {"id": row["id"], "name": row["name"], "__typename": "Company"}
        for row in await connection.fetch(directory.MANY, npis)
    }
    edges = [
        {
            "distance": row["distance"],
            "node": {**location(row), "company": companies[row["npi"]]},
            "__typename": "LocationEdge",
        }
        for row in rows
    ]
    return {"locations": {"edges": edges, "__typename": "LocationConnection"}}


async def walk(connection: PoolConnectionProxy, variables: Variables) -> Json:
    """Answer `walk`."""
    first = variables["first"]
    rows = await directory.page(connection, first, variables.get("after"))
    return {"companies": {"pageInfo": {"endCursor": page_info(rows, first, directory.cursor)["endCursor"]}}}


ANSWERS: tuple[Answer, ...] = (point, page, bulk, relay, filtered, near, walk)


def known_operations() -> dict[str, Answer]:
    """Return what answers each operation, by its text."""
    folder = Path(os.environ["OPERATIONS"])
    return {(folder / f"{answer.__name__}.graphql").read_text(): answer for answer in ANSWERS}


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
