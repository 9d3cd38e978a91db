"""Start here: what the server opens when it starts, the middleware in request order, and the routes."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypedDict

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from db.engine import Database
from graph.http.endpoint import GraphQLEndpoint
from graph.http.health import livez, readyz
from graph.schema import schema
from graph.settings import Settings
from graph.telemetry import RequestTelemetry, metrics

# Seconds that the shared cache has to answer; without it the server goes on.
REDIS_TIMEOUT = 0.05


class State(TypedDict):
    """What requests share."""

    database: Database
    redis: Redis | None


def create_app(settings: Settings, *, database: Database | None = None) -> Starlette:
    """Return the server; `database` takes the place of the one that the settings name."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            shared = database
            if shared is None:
                shared = await stack.enter_async_context(open_database(settings))
            redis = open_redis(settings)
            if redis is not None:
                stack.push_async_callback(redis.aclose)
            yield {"database": shared, "redis": redis}

    routes = [
        Route("/graphql", GraphQLEndpoint(schema._schema, settings.max_body_bytes)),  # noqa: SLF001 - the core schema
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
    middleware = [Middleware(RequestTelemetry, endpoints=frozenset(route.path for route in routes))]
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


def open_database(settings: Settings) -> AbstractAsyncContextManager[Database]:
    """Return the database that the settings name; it connects when it is first used."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set; `ariesone serve` starts a PostgreSQL and sets it.")
    return Database.open(settings.database_url.get_secret_value(), settings.pool_options())


def open_redis(settings: Settings) -> Redis | None:
    """Return the shared cache that the settings name, if any."""
    if settings.redis_url is None:
        return None
    url = settings.redis_url.get_secret_value()
    return Redis.from_url(url, socket_timeout=REDIS_TIMEOUT, socket_connect_timeout=REDIS_TIMEOUT)
