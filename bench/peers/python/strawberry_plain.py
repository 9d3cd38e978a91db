"""Strawberry as its users write it: SQLAlchemy's ORM, DataLoaders for each request, its own ASGI application."""

import base64
import json
from typing import Annotated, Any, NewType

import strawberry
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from bench.peers.python import strawberry_models as models
from bench.peers.python.strawberry_types import (
    Company,
    CompanyConnection,
    CompanyFilter,
    CompanyOrder,
    Location,
    LocationConnection,
    LocationEdge,
    NearInput,
    SortDirection,
)

NPI = NewType("NPI", str)

Filter = Annotated[CompanyFilter | None, strawberry.argument(name="filter")]


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    async def company(self, npi: NPI) -> Company | None:
        """Return one company."""
        row = await models.company(npi)
        return Company.of(row) if row else None

    @strawberry.field
    async def companies(
        self,
        first: int,
        after: str | None = None,
        filter_: Filter = None,
        order_by: list[CompanyOrder] | None = None,
    ) -> CompanyConnection:
        """Return a page of companies: by name, or those that a filter leaves in an order."""
        if not filter_ or not order_by:
            position = json.loads(base64.urlsafe_b64decode(after)) if after else None
            return CompanyConnection(rows=await models.page(first, position), first=first)
        [order] = order_by
        statement = models.filtered(filter_.state, filter_.taxonomy_prefix)
        descending = order.direction is SortDirection.DESC
        rows = await models.ordered(statement, order.field.name, first, descending=descending)
        return CompanyConnection(rows=rows, first=first, key=order.field.value, statement=statement)

    @strawberry.field
    async def companies_by_npi(self, npis: list[NPI]) -> list[Company | None]:
        """Return the companies with these NPIs, in their order."""
        return [Company.of(row) if row else None for row in await models.companies_of(list(npis))]

    @strawberry.field
    async def locations(self, first: int, near: NearInput) -> LocationConnection:
        """Return the locations nearest to a ZIP."""
        rows = await models.near(near.postal_code, near.radius, first)
        found = [LocationEdge(node=Location.of(row), distance=distance) for row, distance in rows]
        return LocationConnection(found=found, first=first)


class Application(GraphQL):
    """Strawberry's application with the loaders in each request's context."""

    async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ANN401 - as it is there
        """Return what one request carries."""
        return {
            "request": request,
            "response": response,
            "companies": DataLoader(load_fn=models.companies_of),
            "locations": DataLoader(load_fn=models.locations_of),
        }


schema = strawberry.Schema(
    query=Query,
    config=StrawberryConfig(scalar_map={NPI: strawberry.scalar(name="NPI")}),
    extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)],
)
app = Application(schema, graphql_ide=None)
