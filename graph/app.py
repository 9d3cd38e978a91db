"""Start here: what the server opens when it starts, the middleware in request order, and the routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import TypedDict

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from db.engine import Database
from graph import errors
from graph.errors import BadRequestError
from graph.execution.runner import Runner
from graph.http.docs import docs, style
from graph.http.documents import PersistedDocuments, manifest
from graph.http.endpoint import EndpointOptions, GraphQLEndpoint
from graph.http.health import livez, readyz
from graph.http.overload import Gauge
from graph.limits import Limits
from graph.schema import schema
from graph.settings import Settings
from graph.telemetry import RequestTelemetry, metrics

# What a page may send besides what every page may: no cookies, so no credentials.
CORS_HEADERS = [
    "apollo-require-preflight",
    "authorization",
    "content-type",
    "graphql-require-preflight",
    "idempotency-key",
    "traceparent",
    "x-apollo-operation-name",
]

# Seconds that the shared cache has to answer; without it the server goes on.
REDIS_TIMEOUT = 0.05


class State(TypedDict):
    """What requests share."""

    database: Database
    redis: Redis | None
    gauge: Gauge
    documents: PersistedDocuments


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
            gauge = Gauge(settings.max_requests, settings.max_lag)
            watching = asyncio.create_task(gauge.watch())
            stack.callback(watching.cancel)
            documents = PersistedDocuments(redis, trusted, trusted_only=settings.trusted_documents_only)
            yield {"database": shared, "redis": redis, "gauge": gauge, "documents": documents}

    trusted = manifest(settings.trusted_documents) if settings.trusted_documents else {}
    core_schema = schema._schema  # noqa: SLF001 - graphql-core's schema under Strawberry's
    runner = Runner(core_schema, limits_of(settings), settings.operation_timeout)
    routes = [
        Route("/graphql", GraphQLEndpoint(runner, endpoint_options(settings))),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/docs/style.css", style),
        Route("/docs/{name}", docs),
    ]
    middleware = [
        Middleware(RequestTelemetry, endpoints=frozenset(route.path for route in routes)),
        Middleware(
            CORSMiddleware,
            allow_origins=[origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()],
            allow_methods=["GET", "POST"],
            allow_headers=CORS_HEADERS,
            expose_headers=["retry-after"],
            max_age=600,
        ),
    ]
    return Starlette(
        routes=routes,
        middleware=middleware,
        lifespan=lifespan,
        exception_handlers={HTTPException: refused_in_json},
    )


async def refused_in_json(request: Request, error: Exception) -> Response:
    """Answer a path that isn't there, or a method that it doesn't take, in the one shape of error."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    refusal = BadRequestError(f"{HTTPStatus(status).phrase}: the API is at /graphql.")
    refusal.status = status
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"errors": [errors.refused(refusal, request.scope["trace_id"])]}, status, headers)


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


def limits_of(settings: Settings) -> Limits:
    """Return the most that one request may hold."""
    return Limits(
        tokens=settings.max_tokens,
        operations=settings.max_operations,
        fields=settings.max_fields,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        depth=settings.max_depth,
        cost=settings.max_cost if settings.environment == "development" else settings.max_cost_anonymous,
    )


def endpoint_options(settings: Settings) -> EndpointOptions:
    """Return how requests are taken."""
    return EndpointOptions(
        max_body_bytes=settings.max_body_bytes,
        max_batch=settings.max_batch,
        is_open=settings.environment == "development",
    )
