"""Ariadne on asyncpg, with a loader for each request, parsed and validated documents kept."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import asyncpg
from aiodataloader import DataLoader
from ariadne import ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from graphql import DocumentNode, GraphQLResolveInfo, parse, validate
from starlette.applications import Starlette
from starlette.routing import Route

from bench.peers.python import directory

query = QueryType()
company_type = ObjectType("Company")
Row = Mapping[str, Any]


@query.field("company")
async def company(_: None, info: GraphQLResolveInfo[Any], npi: str) -> Row | None:
    """Return one company."""
    async with info.context["pool"].acquire() as connection:
        row = await connection.fetchrow(directory.ONE, npi)
    return dict(row) if row else None


@query.field("companies")
async def companies(
    _: None, info: GraphQLResolveInfo[Any], first: int, after: str | None = None
) -> dict[str, Any]:
    """Return a page of companies by name."""
    async with info.context["pool"].acquire() as connection:
        rows = await directory.page(connection, first, after)
    page = rows[:first]
    end_cursor = directory.cursor(page[-1]) if page else None
    nodes = [dict(row) for row in page]
    return {"nodes": nodes, "pageInfo": {"endCursor": end_cursor, "hasNextPage": len(rows) > first}}


@query.field("companiesByNpi")
async def companies_by_npi(_: None, info: GraphQLResolveInfo[Any], npis: list[str]) -> list[Row | None]:
    """Return the companies with these NPIs, in their order."""
    async with info.context["pool"].acquire() as connection:
        found = {row["npi"]: dict(row) for row in await connection.fetch(directory.MANY, npis)}
    return [found.get(npi) for npi in npis]


@company_type.field("locations")
async def locations(row: Row, info: GraphQLResolveInfo[Any], first: int) -> dict[str, Any]:
    """Load the locations with those of the other companies."""
    return {"nodes": (await info.context["locations"].load(row["npi"]))[:first]}


async def locations_of(pool: asyncpg.Pool, npis: list[str]) -> list[list[Row]]:
    """Return the locations of each company."""
    async with pool.acquire() as connection:
        found = await directory.locations_of(connection, npis)
    return [[dict(row) for row in rows] for rows in found.values()]


def context(request: Any, _: Any) -> dict[str, Any]:  # noqa: ANN401 - as Ariadne calls it
    """Return what one request carries."""
    pool = request.app.state.pool
    return {"request": request, "pool": pool, "locations": DataLoader(partial(locations_of, pool))}


@lru_cache(maxsize=100)
def document(text: str) -> DocumentNode:
    """Return a parsed document."""
    return parse(text)


def parsed(_: Any, data: dict[str, Any]) -> DocumentNode:  # noqa: ANN401 - as Ariadne calls it
    """Return a request's document, parsed once."""
    return document(data["query"])


@asynccontextmanager
async def lifespan(application: Starlette) -> AsyncIterator[None]:
    """Open the pool for the server's life."""
    async with directory.pool() as application.state.pool:
        yield


schema = make_executable_schema((Path(__file__).parent.parent / "schema.graphql").read_text(), query, company_type)
endpoint = GraphQL(
    schema,
    context_value=context,
    query_parser=parsed,
    query_validator=lru_cache(maxsize=100)(validate),
    introspection=False,
)
app = Starlette(routes=[Route("/graphql", endpoint.handle_request, methods=["POST"])], lifespan=lifespan)
