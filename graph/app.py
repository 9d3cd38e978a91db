"""Start here: what the server opens when it starts, the middleware in request order, and the routes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from db.engine import Database
from graph import upkeep
from graph.cache.cache import Cache, CacheOptions
from graph.cache.shared import SharedCache
from graph.cache.tally import Teller
from graph.errors import ClientError
from graph.execution.bounds import Limits
from graph.execution.document import Documents
from graph.execution.facts import facts_of, print_schema
from graph.execution.run import Runner
from graph.http.bucket import Rate
from graph.http.cors import Cors
from graph.http.documents import PersistedDocuments
from graph.http.endpoint import EndpointOptions, GraphQLEndpoint
from graph.http.entrance import Entrance
from graph.http.health import CheckUp, health, livez, readyz
from graph.http.ledger import Ledger
from graph.http.operators import Operators
from graph.http.overload import Gauge
from graph.http.permission import METHODS, QUERY
from graph.http.request import NAMED
from graph.http.throttle import Rates, Throttle
from graph.http.till import Till
from graph.http.trusted import TrustedDocuments
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.development_tokens import development_token
from graph.identity.jwks import JsonWebKeys
from graph.identity.loopback import is_loopback
from graph.identity.revocation import Revocations
from graph.identity.viewer import EVERY, factors_of_roles
from graph.schema import core_schema
from graph.settings import Settings
from graph.site import npm
from graph.site.docs import docs, tells_schema
from graph.site.frame import icon, style
from graph.site.front import Door, answer_error, front_page, home
from graph.site.graphiql import Ide, IssueToken
from graph.site.schema_text import SchemaText
from graph.telemetry.metrics import metrics

# Where GraphQL is served.
GRAPHQL = "/graphql"


class State(TypedDict):
    """What is open while the server runs, in the scope of each request."""

    database: Database
    shared: SharedCache | None


def create_app(settings: Settings, *, database: Database | None = None) -> Entrance:
    """Return the server; `database` takes the place of the one that the settings name."""
    shared = shared_cache(settings)
    gauge = Gauge(settings.max_requests, settings.max_running, settings.max_lag)
    cache = Cache.over(shared, cache_options(settings))
    trusted = trusted_documents(settings)
    trusted.on_change(cache.answers.clear)
    documents = PersistedDocuments(shared, trusted, settings.documents_mode)
    keys = JsonWebKeys(settings.jwks_url or settings.jwks_file)
    revocations = Revocations()
    authentication = Authentication(TokenRules.of(settings), keys, revocations)
    runner = Runner(core_schema, limits_of(settings), settings.operation_timeout)
    till = Till(Ledger(shared) if shared else None)
    throttle = Throttle(rates_of(settings), till)
    options = endpoint_options(settings)
    endpoint = GraphQLEndpoint(runner, authentication, documents, cache, gauge, throttle, options)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            opened = database
            if opened is None:
                opened = await stack.enter_async_context(open_database(settings))
            watches = [
                opened.warm(),
                gauge.watch(),
                keys.watch(),
                revocations.watch(opened),
                upkeep.watch(opened, settings.changes_kept_days),
                cache.follower.follow(opened),
                trusted.watch(),
            ]
            if shared is not None:
                stack.push_async_callback(shared.aclose)
                # Where it is away, the log says so now: requests go on without it.
                await shared.check()
                watches.append(till.watch())
                # What was taken last is told as well.
                stack.push_async_callback(till.tell)
                if cache.is_on:
                    watches.append(Teller(cache.answers, shared).watch())
            stack.push_async_callback(endpoint.aclose)
            for watch in watches:
                stack.callback(asyncio.create_task(watch).cancel)
            # Nothing is kept before the log is known; where the database is away, the server starts all the same.
            await cache.follower.look_again()
            yield {"database": opened, "shared": shared}

    routes = routes_of(settings, endpoint, authentication)
    others = Starlette(
        routes=routes,
        middleware=[Middleware(Cors, settings.cors_origins, settings.cors_headers, methods_of(settings))],
        lifespan=lifespan,
        exception_handlers={HTTPException: answer_error, ClientError: answer_error},
    )
    # Where a redirect would lead depends on the Host that a client made up.
    others.router.redirect_slashes = False
    return Entrance(endpoint, others, GRAPHQL, routes, settings.forwarded_allow_ips)


def routes_of(settings: Settings, endpoint: GraphQLEndpoint, authentication: Authentication) -> list[Route]:
    """Return the routes, the first that fits being taken."""
    is_open = settings.environment == "development"
    secret = settings.operations_token.get_secret_value() if settings.operations_token else None
    operators = Operators(authentication, secret, is_open=is_open)
    check_up = CheckUp()
    ide = Ide(npm.folder_in(settings.data_dir), token_maker(settings)) if settings.shows_graphiql else None
    return [
        Route("/", home),
        Route(GRAPHQL, Door(endpoint, ide.page if ide else front_page, shows_queries=ide is not None)),
        Route(NAMED + "{document}", endpoint),
        # An id is any text, and may have slashes in it.
        Route(NAMED + "{folder:path}/{document}", endpoint),
        *(ide.routes() if ide else ()),
        Route("/livez", livez),
        Route("/readyz", partial(readyz, check_up=check_up, tells=is_open)),
        Route("/health", operators.only(partial(health, check_up=check_up))),
        Route("/metrics", operators.only(metrics)),
        Route("/favicon.ico", icon),
        Route("/docs", docs),
        Route("/docs/style.css", style),
        Route("/docs/schema.graphql", SchemaText(authentication, is_open=is_open).answer),
        Route("/docs/{name:path}", operators.only(docs, where=tells_schema)),
    ]


def open_database(settings: Settings) -> AbstractAsyncContextManager[Database]:
    """Return the database that the settings name; it connects when it is first used."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set; `ariesone serve` starts a PostgreSQL and sets it.")
    return Database.open(settings.database_url.get_secret_value(), settings.pool_options())


def shared_cache(settings: Settings) -> SharedCache | None:
    """Return the shared cache that the settings name, if any."""
    return SharedCache.at(settings.redis_url.get_secret_value()) if settings.redis_url else None


def cache_options(settings: Settings) -> CacheOptions:
    """Return what is kept, and for how long."""
    # What another version kept may mean something else.
    meaning = f"{version('ariesone')}\n{print_schema(core_schema)}"
    schema = hashlib.sha256(meaning.encode()).digest()
    return CacheOptions(
        settings.cache_seconds, settings.cache_bytes, settings.cache_audit, settings.surrogate_keys, schema
    )


def trusted_documents(settings: Settings) -> TrustedDocuments:
    """Return the documents of the manifests that the settings name; raises ManifestError for what can't be run."""
    valid = Documents(facts_of(core_schema), limits_of(settings), max_kept=0)
    return TrustedDocuments(settings.trusted_documents, valid)


def limits_of(settings: Settings) -> Limits:
    """Return the most that one request may hold."""
    is_open = settings.environment == "development"
    return Limits(
        tokens=settings.max_tokens,
        operations=settings.max_operations,
        fields=settings.max_fields,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        depth=settings.max_depth,
        pairs=settings.max_pairs,
        objects=settings.max_objects,
        values=settings.max_values,
        cost=settings.max_cost,
        cost_anonymous=settings.max_cost if is_open else settings.max_cost_anonymous,
    )


def rates_of(settings: Settings) -> Rates:
    """Return what clients may spend: anything, where one develops."""
    if settings.environment == "development":
        return Rates()
    return Rates(
        anonymous=rate_of(settings.throttle_cost, settings.throttle_restore),
        reads=rate_of(settings.throttle_cost_token, settings.throttle_restore_token),
        bulk=rate_of(settings.throttle_cost_bulk, settings.throttle_restore_bulk),
        writes=rate_of(settings.throttle_cost_write, settings.throttle_restore_write),
        factors=factors_of_roles(settings.throttle_roles),
    )


def rate_of(size: int, restore: int) -> Rate | None:
    """Return the rate of a bucket; None where there is none."""
    return Rate(size, restore) if size else None


def token_maker(settings: Settings) -> IssueToken | None:
    """Return what makes GraphiQL's tokens, with which an EDITOR may change every company.

    None unless one develops, and the server is reached from this machine alone.
    """
    is_private = settings.environment == "development" and is_loopback(settings.host)
    if not (is_private and settings.hs256_secret()):
        return None
    return partial(development_token, settings, companies=[EVERY])


def methods_of(settings: Settings) -> tuple[str, ...]:
    """Return the methods that pages of other sites may use."""
    return (*METHODS, QUERY) if settings.http_query else METHODS


def endpoint_options(settings: Settings) -> EndpointOptions:
    """Return how requests are taken."""
    return EndpointOptions(
        max_body_bytes=settings.max_body_bytes,
        max_batch=settings.max_batch,
        compress_above=settings.compress_above,
        is_open=settings.environment == "development",
        takes_query=settings.http_query,
    )
