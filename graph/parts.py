"""What a server is made of: its parts from the settings, and what runs beside its requests."""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, Self, TypedDict

from db.engine import Database
from graph import upkeep
from graph.background import in_background
from graph.cache.cache import Cache, CacheOptions
from graph.cache.reading import Reading
from graph.cache.shared import SharedCache
from graph.cache.tally import Teller
from graph.events import status
from graph.events.announcer import Announcer
from graph.events.audience import Audience
from graph.events.broker import Broker
from graph.events.deliverer import Deliverer
from graph.events.sockets import SocketOptions, Sockets
from graph.events.webhooks import status as webhook_status
from graph.events.webhooks.checker import Checker
from graph.events.webhooks.courier import Courier
from graph.events.webhooks.names import Names
from graph.events.webhooks.sender import Sender
from graph.events.webhooks.subscriptions import Subscriptions
from graph.execution.bounds import Limits
from graph.execution.document import Documents
from graph.execution.facts import facts_of, print_schema
from graph.execution.run import Runner
from graph.files import Files
from graph.http.bucket import Rate
from graph.http.check_up import CheckUp
from graph.http.documents import PersistedDocuments
from graph.http.endpoint import EndpointOptions, GraphQLEndpoint
from graph.http.ledger import Ledger
from graph.http.looks import look_at_cache, look_at_database, look_at_feed, look_at_migrations, look_at_nothing
from graph.http.overload import Gauge
from graph.http.pressure import Pressure
from graph.http.throttle import Rates, Throttle
from graph.http.till import Till
from graph.http.trusted import TrustedDocuments
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.jwks import JsonWebKeys
from graph.identity.revocation import Revocations
from graph.identity.viewer import factors_of_roles
from graph.jobs import status as job_status
from graph.jobs.supervisor import Supervisor
from graph.jobs.worker import Worker
from graph.schema import core_schema
from graph.settings import Settings
from graph.telemetry.operations import OperationNames
from graph.telemetry.requests import telling
from graph.telemetry.usage import usage_counts
from graph.telemetry.watching import keep_showing
from graph.vault import Vault


class State(TypedDict):
    """What is open while the server runs, in the scope of each request."""

    database: Database
    shared: SharedCache | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What all requests share."""

    settings: Settings
    shared: SharedCache | None
    cache: Cache
    trusted: TrustedDocuments
    keys: JsonWebKeys
    revocations: Revocations
    authentication: Authentication
    gauge: Gauge
    till: Till
    announcer: Announcer
    courier: Courier
    endpoint: GraphQLEndpoint
    sockets: Sockets
    files: Files
    check_up: CheckUp

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the parts of a server; raises ManifestError for trusted documents that can't be run."""
        shared = shared_cache(settings)
        cache = Cache.over(shared, cache_options(settings))
        trusted = trusted_documents(settings)
        names = OperationNames(frozenset(settings.metrics_operations.split(",")), trusted.has)

        def renew() -> None:
            names.renew()
            cache.answers.clear()

        trusted.on_change(renew)
        keys = JsonWebKeys(settings.jwks_url or settings.jwks_file)
        revocations = Revocations()
        authentication = Authentication(TokenRules.of(settings), keys, revocations)
        gauge = Gauge(settings.max_requests, settings.max_running, settings.max_lag)
        till = Till(Ledger(shared) if shared else None)
        announcer = announcer_of(settings, cache, authentication)
        courier = courier_of(settings)
        announcer.runner.webhooks = checker_of(settings, announcer.runner, cache, courier)
        endpoint = GraphQLEndpoint(
            announcer,
            authentication,
            PersistedDocuments(shared, trusted, settings.documents_mode),
            cache,
            gauge,
            Throttle(rates_of(settings), till),
            names,
            endpoint_options(settings),
        )
        return cls(
            settings,
            shared,
            cache,
            trusted,
            keys,
            revocations,
            authentication,
            gauge,
            till,
            announcer,
            courier,
            endpoint,
            sockets=Sockets(endpoint, announcer.audience, socket_options(settings)),
            files=files_of(settings),
            check_up=check_up_of(settings, shared, cache),
        )

    @asynccontextmanager
    async def running(self, database: Database | None) -> AsyncIterator[State]:
        """Run everything that runs beside requests; `database` replaces the one that the settings name.

        Jobs aren't run with another database: their processes only know that of the settings.
        """
        async with AsyncExitStack() as stack:
            # Of the last requests, for which no timer would be waited.
            stack.callback(telling.flush)
            does_jobs = database is None and self.settings.jobs_in_serve
            if database is None:
                database = await stack.enter_async_context(open_database(self.settings))
            if self.shared is not None:
                stack.push_async_callback(self.shared.aclose)
                # Where it is away, the log says so now: requests go on without it.
                await self.shared.check()
                # What was taken last is told as well.
                stack.push_async_callback(self.till.tell)
            usage_counts.is_whole = self.settings.usage_fields == "all"
            stack.push_async_callback(usage_counts.write_last, database)
            stack.push_async_callback(self.endpoint.aclose)
            stack.push_async_callback(self.courier.close)
            urls = self.settings.replica_urls()
            await stack.enter_async_context(self.cache.replicas.open(urls, self.settings.pool_options(), database))
            for watch in self._watches(database):
                stack.callback(asyncio.create_task(watch).cancel)
            if self.settings.amqp_in_serve and (deliverer := deliverer_of(self.settings, database)):
                await stack.enter_async_context(in_background(deliverer.run()))
            if does_jobs:
                environment = self.settings.as_environment(PYTHONPATH=os.pathsep.join(sys.path))
                await stack.enter_async_context(in_background(Supervisor(database, environment).run()))
            if self.settings.webhooks_in_serve and (sender := self.sender(database)):
                await stack.enter_async_context(in_background(sender.run()))
            # Nothing is kept before the log is known; where the database is away, the server starts all the same.
            await self.cache.follower.look_again()
            yield {"database": database, "shared": self.shared}

    def sender(self, database: Database) -> Sender | None:
        """Return what sends to webhooks; None without a key for their secrets."""
        if self.settings.webhook_key is None:
            return None
        vault = Vault(self.settings.webhook_key.get_secret_value())
        return Sender(
            Subscriptions(self.announcer, database), courier_of(self.settings), vault, self.cache.follower
        )

    def _watches(self, database: Database) -> Iterator[Coroutine[Any, Any, None]]:
        yield database.warm()
        yield self.gauge.watch()
        yield self.keys.watch()
        yield self.revocations.watch(database)
        yield upkeep.watch(database, self.settings.changes_kept_days, self.settings.usage_kept_days, self.files)
        yield self.cache.follower.follow(database)
        yield self.announcer.audience.watch()
        yield self.announcer.watch()
        yield self.trusted.watch()
        yield Pressure(database, self.shared, self.gauge).watch()
        yield self.check_up.watch(database)
        yield usage_counts.watch(database)
        yield keep_showing("the status of jobs", partial(job_status.look, database))
        if self.settings.amqp_url is not None:
            yield keep_showing("the status of the delivery", partial(status.look, database))
        if self.settings.webhook_key is not None:
            yield keep_showing("the status of webhooks", partial(webhook_status.look, database))
        if self.shared is not None:
            yield self.till.watch()
            if self.cache.is_on:
                yield Teller(self.cache.answers, self.cache.follower, self.shared).watch()


def announcer_of(settings: Settings, cache: Cache, authentication: Authentication) -> Announcer:
    """Return what runs subscriptions and live queries."""
    counts_all = settings.usage_fields == "all"
    runner = Runner(core_schema, limits_of(settings), settings.operation_timeout, counts_all=counts_all)
    audience = Audience(authentication, settings.max_listeners, settings.max_listeners_viewer)
    return Announcer(runner, cache, audience, settings.listener_heartbeat)


def courier_of(settings: Settings) -> Courier:
    """Return what sends messages to webhooks."""
    return Courier(Names().addresses_of, is_open=settings.environment == "development")


def checker_of(settings: Settings, runner: Runner, cache: Cache, courier: Courier) -> Checker:
    """Return what checks webhooks, and sends them test events."""
    vault = Vault(settings.webhook_key.get_secret_value()) if settings.webhook_key else None
    is_open = settings.environment == "development"
    return Checker(runner, Reading(cache.follower), vault, courier, is_open=is_open)


def check_up_of(settings: Settings, shared: SharedCache | None, cache: Cache) -> CheckUp:
    """Return the looks at each part, by its name in /health."""
    return CheckUp(
        {
            "database": look_at_database,
            "migrations": look_at_migrations,
            "cache": partial(look_at_cache, shared),
            "replicas": cache.replicas.look_at,
            "feed": partial(look_at_feed, cache.follower),
            "jobs": job_status.check,
            "queue": look_at_nothing if settings.amqp_url is None else status.check,
            "webhooks": look_at_nothing if settings.webhook_key is None else webhook_status.check,
        }
    )


def open_database(settings: Settings) -> AbstractAsyncContextManager[Database]:
    """Return the database that the settings name; it connects when it is first used."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set; `ariesone serve` starts a PostgreSQL and sets it.")
    return Database.open(settings.database_url.get_secret_value(), settings.pool_options())


def shared_cache(settings: Settings) -> SharedCache | None:
    """Return the shared cache that the settings name, if any."""
    return SharedCache.at(settings.redis_url.get_secret_value()) if settings.redis_url else None


def deliverer_of(settings: Settings, database: Database) -> Deliverer | None:
    """Return what sends changes to the RabbitMQ that the settings name, if any."""
    if settings.amqp_url is None:
        return None
    broker = Broker(settings.amqp_url.get_secret_value(), settings.amqp_exchange)
    passes_unroutable = settings.amqp_unroutable == "pass"
    return Deliverer(database, broker, settings.amqp_source, passes_unroutable=passes_unroutable)


def worker_of(settings: Settings, database: Database, holder: str) -> Worker:
    """Return what does jobs in the name of a holder."""
    runner = Runner(core_schema, limits_of(settings), settings.operation_timeout)
    return Worker(database, runner, files_of(settings), holder)


def files_of(settings: Settings) -> Files:
    """Return the folder of jobs' files."""
    return Files(settings.files_folder, settings.max_unpacked_bytes)


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
        upload_bytes=settings.max_upload_bytes,
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


def endpoint_options(settings: Settings) -> EndpointOptions:
    """Return how requests are taken."""
    return EndpointOptions(
        max_body_bytes=settings.max_body_bytes,
        max_batch=settings.max_batch,
        max_variable_sets=settings.max_variable_sets,
        compress_above=settings.compress_above,
        is_open=settings.environment == "development",
        takes_query=settings.http_query,
        slow_operation=settings.slow_operation,
    )


def socket_options(settings: Settings) -> SocketOptions:
    """Return who may open a WebSocket, and what it may have under way."""
    origins = frozenset(filter(None, settings.cors_origins.split(",")))
    return SocketOptions(origins, settings.max_socket_operations)
