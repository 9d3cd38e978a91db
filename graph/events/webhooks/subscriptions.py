"""Runs the subscriptions of webhooks, as if their owners were listening."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from graphql import ExecutionResult, GraphQLError

from db.engine import Database
from db.failures import DatabaseUnavailableError, QuotingError
from db.webhook_sending import Taken
from graph.errors import ClientError, CursorExpiredError, LaterError, OperationTimeoutError
from graph.events.announcer import Announcer
from graph.events.subscriber import Subscriber
from graph.events.webhooks.message import Occasion
from graph.execution.document import RequestErrors
from graph.execution.sources import Event
from graph.http.exchange import Exchange
from graph.http.request import GraphQLRequest
from graph.http.usage import note_use
from graph.telemetry.traces import Place
from graph.webhook_checker import viewer_of

# Subscriptions that are started at a time.
READING: Final = 4

# As if each were a POST of its own, without headers.
REQUEST: Final = {"method": "POST", "path": "/graphql", "query_string": b"", "headers": []}


class HopelessError(QuotingError):
    """A subscription can't be run, now or later, unless its owner changes it; the message is for the owner."""


class NotNowError(Exception):
    """A subscription can't be run at the moment."""


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Starts the subscriptions of webhooks, with the roles of their owners.

    No bucket pays: what an event may cost is limited when a webhook is registered, and one is made at a time.
    """

    announcer: Announcer
    database: Database
    # Limits the connections that read the log here: requests need the others.
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READING))

    async def begin(self, webhook: Taken, after: int) -> Subscriber:
        """Start a webhook's subscription after a change; raises HopelessError or NotNowError."""
        viewer, exchange = viewer_of(webhook), Exchange(dict(REQUEST))
        exchange.viewer = viewer
        document, name, variables = webhook["document"], webhook["operation_name"], webhook["variables"]
        try:
            prepared = self.announcer.runner.prepare(document, name, variables, viewer)
        except RequestErrors as error:
            raise HopelessError(error.errors[0].message) from error
        except ClientError as error:
            raise HopelessError(error.message) from error
        if not prepared.operation.is_subscription:
            raise HopelessError("It isn't a subscription.")
        if prepared.use is not None:
            note_use(exchange, prepared.use)
        asked = GraphQLRequest(document, None, name, variables, {})
        async with self.reading:
            begun = await self.announcer.follow(exchange, self.database, asked, prepared, str(after))
        if isinstance(begun, ExecutionResult):
            [fault, *_] = begun.errors or []
            raise error_for(fault)
        return begun


def error_for(error: Exception) -> Exception:
    """What to raise in place of an error that ends a subscription, or that it can't start for."""
    match error.original_error if isinstance(error, GraphQLError) else error:
        case DatabaseUnavailableError() | LaterError() | OperationTimeoutError() as cause:
            return NotNowError(str(cause))
        case CursorExpiredError():
            return HopelessError(
                "Changes that it has yet to send are no longer kept: note `dataset { cursor }`, read the "
                "directory again, and enable it from that cursor."
            )
        case ClientError() as cause:
            return HopelessError(cause.message)
        case None:
            return HopelessError(str(getattr(error, "message", error)))
        case cause:
            return cause


def occasion_of(event: Event) -> Occasion:
    """The change that an event is."""
    row = event.root
    return Occasion(int(event.cursor), row["kind"], row["occurred_at"], Place.recall(row.get("trace")))
