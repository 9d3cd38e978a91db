"""Checks what webhooks are registered with, and sends them test events: what mutations can't do themselves."""

import asyncio
from contextlib import aclosing
from typing import Final
from uuid import uuid4

import orjson
from asyncpg import Record
from graphql import ExecutionResult, GraphQLError

from db import changes, retention
from db.changes import MOST_SCANNED, Filter
from db.reads import Reads
from graph.cache.reading import Reading
from graph.context import Context
from graph.errors import ClientError, CostLimitError, DepthLimitError, ThrottledError
from graph.events.webhooks.addresses import UrlError, require_allowed
from graph.events.webhooks.courier import Courier
from graph.events.webhooks.message import Message, Occasion, message_of
from graph.execution.document import RequestErrors
from graph.execution.listen import listen
from graph.execution.run import Prepared, Runner
from graph.execution.sources import Event, Feed
from graph.identity.viewer import Viewer
from graph.telemetry.audit import record_guarded
from graph.vault import LostKeyError, Vault
from graph.webhook_checker import RefusedError, Trial, WebhookSubscription, viewer_of

# What one event may cost: nobody's bucket pays for it.
MAX_COST: Final = 500

# Seconds that a test may take, and how many run at a time: each holds a connection to the database.
PATIENCE: Final = 5.0
TRIALS: Final = 2
# Among how many of the last changes one is looked for to test a webhook with; the second if the first has none.
REACHES: Final = (100, MOST_SCANNED)
# Seconds after which to retry while others are tested.
LATER: Final = 5


class Checker:
    """Checks documents with the runner that will run them, and sends with the courier that will send.

    If it `is_open`, as in development, events may be sent to this machine too.
    """

    def __init__(
        self, runner: Runner, log: Reading, vault: Vault | None, courier: Courier, *, is_open: bool
    ) -> None:
        self.vault = vault
        self._runner = runner
        self._log = log
        self._courier = courier
        self._is_open = is_open
        self._turns = asyncio.Semaphore(TRIALS)

    def require_url(self, url: str) -> None:
        """Raise RefusedError for a URL that nothing may be sent to, whatever its name resolves to."""
        try:
            require_allowed(url, is_open=self._is_open)
        except UrlError as error:
            raise RefusedError("INVALID", str(error)) from None

    async def require_subscription(
        self, database: Reads, subscription: WebhookSubscription, viewer: Viewer
    ) -> None:
        """Raise RefusedError for anything but a subscription that the viewer may have, at a low cost."""
        prepared = self._prepare(subscription, viewer)
        if asked := prepared.operation.needs.exclusive:
            # Queries that ask for it are logged, and so is a webhook that will be sent it.
            is_given = not any(guard in asked for guard in prepared.refused.values())
            record_guarded(viewer, [guard.place for guard in asked], is_given=is_given)
        if guards := dict.fromkeys(prepared.refused.values()):
            raise RefusedError("FORBIDDEN", *(each.error().message for each in guards))
        if prepared.cost > MAX_COST:
            told = f"An event would cost up to {prepared.cost:,.0f}; at most {MAX_COST} is allowed."
            raise RefusedError("TOO_COSTLY", told)
        await self._listen(database, prepared)

    async def send_test(self, database: Reads, webhook: Record) -> Trial:
        """Send a webhook, by its row, a sample event once; raises RefusedError or ThrottledError."""
        if self.vault is None:
            raise TypeError("Nothing is sent unsigned.")
        if self._turns.locked():
            raise ThrottledError("Other webhooks are being tested; try again in a moment.", LATER)
        async with self._turns:
            secret = self._secret_of(self.vault, webhook)
            message = await self._sample(database, webhook)
            try:
                async with asyncio.timeout(PATIENCE):
                    attempt = await self._courier.deliver_once(webhook["url"], [secret], message)
            except TimeoutError:
                told = f"It doesn't answer within {PATIENCE:g} seconds."
                return Trial(message.id, message.body.decode(), None, PATIENCE, told)
        return Trial(message.id, message.body.decode(), attempt.status, attempt.seconds, attempt.problem)

    @staticmethod
    def _secret_of(vault: Vault, webhook: Record) -> bytes:
        """Return the secret that a webhook's events are signed with; raises RefusedError."""
        try:
            return vault.open(webhook["secret"])
        except LostKeyError:
            told = "This server's keys can't decrypt its secret; rotate it with rotateWebhookSecret."
            raise RefusedError("UNAVAILABLE", told) from None

    def _prepare(self, subscription: WebhookSubscription, viewer: Viewer) -> Prepared:
        """Return the operation that a subscription means; raises RefusedError for what is no subscription."""
        try:
            prepared = self._runner.prepare(
                subscription.document, subscription.operation_name, subscription.variables, viewer
            )
        except RequestErrors as error:
            raise RefusedError("INVALID", *map(words_of, error.errors)) from None
        except (CostLimitError, DepthLimitError) as error:
            raise RefusedError("TOO_COSTLY", error.message) from None
        except ClientError as error:
            raise RefusedError("INVALID", error.message) from None
        if not prepared.operation.is_subscription:
            raise RefusedError("INVALID", "The operation isn't a subscription.")
        return prepared

    async def _listen(self, database: Reads, prepared: Prepared, after: str | None = None) -> Feed:
        """Begin to listen; raises RefusedError where that can't be."""
        feed = await listen(prepared, Context(database, log=self._log), after)
        if isinstance(feed, ExecutionResult):
            raise RefusedError("INVALID", *map(words_of, feed.errors or ()))
        return feed

    async def _sample(self, database: Reads, webhook: Record) -> Message:
        """The message of one of the last changes that a webhook listens to; raises RefusedError."""
        subscription = WebhookSubscription(webhook["document"], webhook["operation_name"], webhook["variables"])
        prepared = self._prepare(subscription, viewer_of(webhook))
        newest, oldest = await changes.last(database), (await retention.floor(database)).cursor
        for reach in REACHES:
            feed = await self._listen(database, prepared, str(max(newest - reach, oldest)))
            if (event := await last_of(feed)) is not None:
                break
        else:
            told = f"None of the last {MOST_SCANNED:,} changes matches it: there is nothing to send."
            raise RefusedError("NOT_FOUND", told)

        async def run(reads: Reads) -> ExecutionResult:
            return await self._runner.run(prepared, Context(reads, event=event.root))

        result = await feed.answer(event, run)
        if result.errors:
            raise RefusedError("INVALID", *map(words_of, result.errors))
        [change] = (await changes.page(database, int(event.cursor) - 1, 1, Filter())).rows
        occasion = Occasion(change["id"], change["kind"], change["occurred_at"])
        found = message_of(webhook["id"], occasion, orjson.dumps({"data": result.data}))
        return Message(f"test-{uuid4().hex}", found.type, found.body)


async def last_of(feed: Feed) -> Event | None:
    """The last event that a feed has at the moment; None if it has none."""
    found = None
    async with aclosing(feed.events(0.0)) as events:
        async for event in events:
            if event is None:
                break
            found = event
    return found


def words_of(error: GraphQLError) -> str:
    """What is wrong with a document, and where."""
    place = next(iter(error.locations or ()), None)
    return error.message if place is None else f"{error.message} (line {place.line}, column {place.column})"
