"""Ariadne on asyncpg, with loaders for each request, parsed and validated documents kept."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
location_type = ObjectType("Location")
connection_types = [ObjectType("CompanyConnection"), ObjectType("LocationConnection")]
Row = directory.Row
Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows that were read with one more than was asked for; the variables of what was asked, to count it."""

    rows: Sequence[Row]
    first: int
    cursor: Callable[[Row], str]
    asked: Mapping[str, Any] | None = None

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """Return the rows of the page."""
        return [dict(row) for row in self.rows[: self.first]]


@query.field("company")
async def company(_: None, info: Info, npi: str) -> Row | None:
    """Return one company."""
    async with info.context["pool"].acquire() as connection:
        row = await connection.fetchrow(directory.ONE, npi)
    return dict(row) if row else None


@query.field("companies")
async def companies(_: None, info: Info, first: int, after: str | None = None, **narrowed: Any) -> Page:  # noqa: ANN401 - the arguments that were given
    """Return a page of companies: by name, or those that a filter leaves in an order."""
    asked = {"first": first, **narrowed}
    async with info.context["pool"].acquire() as connection:
        if not narrowed:
            return Page(await directory.page(connection, first, after), first, directory.cursor)
        rows = await directory.filtered(connection, asked)
    return Page(rows, first, partial(directory.cursor, order=narrowed["orderBy"][0]["field"]), asked)


@query.field("companiesByNpi")
async def companies_by_npi(_: None, info: Info, npis: list[str]) -> list[Row | None]:
    """Return the companies with these NPIs, in their order."""
    return await companies_of(info.context["pool"], npis)


@query.field("locations")
async def locations_near(_: None, info: Info, **asked: Any) -> Page:  # noqa: ANN401 - all its arguments
    """Return the locations nearest to a ZIP."""
    async with info.context["pool"].acquire() as connection:
        rows = await directory.near(connection, asked)
    return Page(rows, asked["first"], directory.location_cursor)


@company_type.field("locations")
async def locations(row: Row, info: Info, first: int) -> Page:
    """Load the locations with those of the other companies."""
    return Page(await info.context["locations"].load(row["npi"]), first, directory.location_cursor)


@location_type.field("company")
async def company_of_location(row: Row, info: Info) -> Row | None:
    """Load the company with those of the other locations."""
    found: Row | None = await info.context["companies"].load(row["npi"])
    return found


@connection_types[0].field("totalCount")
async def total_count(page: Page, info: Info) -> dict[str, int]:
    """Count what the filter leaves."""
    async with info.context["pool"].acquire() as connection:
        return {"value": await directory.count(connection, page.asked or {})}


def edges(page: Page, _: Info) -> list[dict[str, Any]]:
    """Return the rows with their cursors, and their distance where they have one."""
    return [{"node": node, "cursor": page.cursor(node), "distance": node.get("distance")} for node in page.nodes]


def page_info(page: Page, _: Info) -> dict[str, Any]:
    """Return where the page stands."""
    shown = page.nodes
    return {
        "endCursor": page.cursor(shown[-1]) if shown else None,
        "hasNextPage": len(page.rows) > page.first,
    }


for connection_type in connection_types:
    connection_type.set_field("edges", edges)
    connection_type.set_field("pageInfo", page_info)


async def companies_of(pool: asyncpg.Pool, npis: list[str]) -> list[Row | None]:
    """Return the companies with these NPIs, in their order."""
    async with pool.acquire() as connection:
        found = {row["npi"]: dict(row) for row in await connection.fetch(directory.MANY, npis)}
    return [found.get(npi) for npi in npis]


async def locations_of(pool: asyncpg.Pool, npis: list[str]) -> list[list[asyncpg.Record]]:
    """Return the locations of each company."""
    async with pool.acquire() as connection:
        return list((await directory.locations_of(connection, npis)).values())


def context(request: Any, _: Any) -> dict[str, Any]:  # noqa: ANN401 - as Ariadne calls it
    """Return what one request carries."""
    pool = request.app.state.pool
    return {
        "request": request,
        "pool": pool,
        "locations": DataLoader(partial(locations_of, pool)),
        "companies": DataLoader(partial(companies_of, pool)),
    }


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


schema = make_executable_schema(
    (Path(__file__).parent.parent / "schema.graphql").read_text(),
    query,
    company_type,
    location_type,
    *connection_types,
)
endpoint = GraphQL(
    schema,
    context_value=context,
    query_parser=parsed,
    query_validator=lru_cache(maxsize=100)(validate),
    introspection=False,
)
app = Starlette(routes=[Route("/graphql", endpoint.handle_request, methods=["POST"])], lifespan=lifespan)
