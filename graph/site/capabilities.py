"""/graphql/capabilities: what this server takes, gives and allows, for programs (docs/capabilities.md)."""

import asyncio
import hashlib
from collections.abc import Mapping
from functools import cached_property, partial
from importlib.metadata import version
from typing import Any, Final

import orjson
from graphql import GraphQLEnumType
from starlette.requests import Request
from starlette.responses import Response

from graph import sdl
from graph.deprecation import PAGE as DEPRECATIONS
from graph.events import messages
from graph.execution.bounds import Limits
from graph.http import media
from graph.http.arrival import MAX_URI_BYTES
from graph.http.bucket import Rate
from graph.http.encoding import CODINGS
from graph.http.head import MAX_HEAD_BYTES
from graph.http.permission import METHODS, QUERY
from graph.http.request import NAMED, OTHER_IDS
from graph.http.throttle import Rates
from graph.schema import core_schema
from graph.settings import Settings
from graph.site.assets import Asset, made, served
from graph.site.schema_changes import JSON as SCHEMA_CHANGES
from graph.site.schema_text import PATH as SCHEMA

PATH: Final = "/graphql/capabilities"
GRAPHQL: Final = "/graphql"

# It changes when a server is started anew; whoever keeps it asks again by its ETag.
HEADERS: Final = {"cache-control": "public, max-age=300"}

# What is spoken, where it is written down.
SPECIFICATIONS: Final = {
    "graphql": "https://spec.graphql.org/September2025/",
    "graphqlOverHttp": "https://graphql.github.io/graphql-over-http/draft/",
    "connections": "https://relay.dev/graphql/connections.htm",
    "webSocket": "https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md",
    "eventStream": "https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md",
}


class Capabilities:
    """Answers with what the settings make of a server; the same for everyone, and no secret among it."""

    def __init__(self, settings: Settings, limits: Limits, rates: Rates) -> None:
        self._told = partial(told_of, settings, limits, rates)

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        return served(request, await asyncio.to_thread(lambda: self._asset), HEADERS)

    @cached_property
    def _asset(self) -> Asset:
        """What is answered; the first time it takes 0.1 s and more."""
        return made(orjson.dumps(self._told(), option=orjson.OPT_INDENT_2), media.JSON)


def told_of(settings: Settings, limits: Limits, rates: Rates) -> Mapping[str, Any]:
    """Return all that is told of a server."""
    return {
        "server": {"name": "AriesOne", "version": version("ariesone"), "environment": settings.environment},
        "specifications": SPECIFICATIONS,
        "links": {
            "graphql": GRAPHQL,
            "schema": SCHEMA,
            "docs": "/docs",
            "deprecations": DEPRECATIONS,
            "schemaChanges": SCHEMA_CHANGES,
            "troubleshooting": "/docs/troubleshooting",
            "health": "/readyz",
        },
        "schema": schema_of(settings),
        "http": http_of(settings),
        "documents": documents_of(settings),
        "batches": {"requests": settings.max_batch, "variableSets": settings.max_variable_sets},
        "limits": bounds_of(settings, limits),
        "rateLimits": buckets_of(rates),
        "tokens": tokens_of(settings),
        "roles": roles(),
        "subscriptions": listening_of(settings),
    }


def schema_of(settings: Settings) -> Mapping[str, Any]:
    """Return which schema it is, and who may read it."""
    return {
        # That of `schema.graphql` in the repository.
        "sha256": hashlib.sha256(sdl.printed().encode()).hexdigest(),
        "isOpen": settings.environment == "development" and not settings.token_required,
    }


def http_of(settings: Settings) -> Mapping[str, Any]:
    """Return how requests and answers look."""
    return {
        "methods": [*METHODS, QUERY] if settings.http_query else list(METHODS),
        "mutationMethods": ["POST"],
        "requestMediaTypes": [media.JSON],
        "answerMediaTypes": list(media.ALL),
        "answerCodings": sorted(CODINGS) if settings.compress_above else [],
        "compressesAboveBytes": settings.compress_above,
    }


def documents_of(settings: Settings) -> Mapping[str, Any]:
    """Return which documents run, and how one is named that isn't sent."""
    runs_any = settings.documents_mode != "only"
    names = ["documentId", *OTHER_IDS, "extensions.persistedQuery.sha256Hash"]
    return {
        "policy": {"off": "any", "report": "report", "only": "trusted"}[settings.documents_mode],
        "hasTrusted": settings.trusted_documents is not None,
        "automaticPersistedQueries": runs_any,
        "namedBy": names,
        "namedByPath": NAMED + "{id}",
    }


def bounds_of(settings: Settings, limits: Limits) -> Mapping[str, Any]:
    """Return the most that a request may be, hold and cost."""
    return {
        "bodyBytes": settings.max_body_bytes,
        "headBytes": MAX_HEAD_BYTES,
        "urlBytes": MAX_URI_BYTES,
        "uploadBytes": limits.upload_bytes,
        "seconds": settings.operation_timeout,
        "tokens": limits.tokens,
        "operations": limits.operations,
        "fields": limits.fields,
        "aliases": limits.aliases,
        "directives": limits.directives,
        "depth": limits.depth,
        "objects": limits.objects,
        "values": limits.values,
        "cost": {"anonymous": limits.cost_anonymous, "token": limits.cost},
    }


def buckets_of(rates: Rates) -> Mapping[str, Any]:
    """Return the buckets of cost that clients have; null where nothing bounds them, or another bucket pays."""
    return {
        "anonymous": bucket_of(rates.anonymous),
        "reads": bucket_of(rates.reads),
        "bulk": bucket_of(rates.bulk),
        "writes": bucket_of(rates.writes),
        "factors": dict(rates.factors),
    }


def bucket_of(rate: Rate | None) -> Mapping[str, float] | None:
    """Return what one bucket holds, and what it gets back."""
    return None if rate is None else {"cost": rate.size, "restoredEachSecond": rate.restore}


def tokens_of(settings: Settings) -> Mapping[str, Any]:
    """Return whether a token is needed, and what one must be."""
    return {
        "isRequired": settings.token_required,
        "scheme": "Bearer",
        "algorithms": sorted(settings.algorithms()),
        "maxLifetimeSeconds": settings.token_max_lifetime or None,
    }


def roles() -> Mapping[str, str]:
    """Return what each role may do, in a sentence."""
    type_ = core_schema.type_map["Role"]
    if not isinstance(type_, GraphQLEnumType):
        raise TypeError("the schema's Role is no enum")
    return {name: value.description or "" for name, value in type_.values.items()}


def listening_of(settings: Settings) -> Mapping[str, Any]:
    """Return how one listens: to subscriptions, and to queries that are answered again."""
    return {
        "transports": [
            {"address": GRAPHQL, "subprotocol": messages.PROTOCOL},
            {"address": GRAPHQL, "mediaType": media.EVENT_STREAM},
        ],
        "liveQueries": "@live",
        "connections": settings.max_listeners_viewer if settings.max_listeners else 0,
        "operationsOfSocket": settings.max_socket_operations,
        "heartbeatSeconds": settings.listener_heartbeat,
    }
