"""One turn at a webhook: retries the events that wait, then sends new ones, for a few seconds."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from db import webhook_sending
from db.engine import Database
from db.failures import StatementTimeoutError
from db.webhook_sending import MOST_WAITING, Step, Taken
from graph.errors import ClientError
from graph.events.listener import Answer
from graph.events.subscriber import Subscriber
from graph.events.webhooks.courier import Attempt, Courier
from graph.events.webhooks.holds import Hold
from graph.events.webhooks.leases import LEASE, LeaseLostError, Leases
from graph.events.webhooks.message import message_of, unmade
from graph.events.webhooks.retries import MANY
from graph.events.webhooks.subscriptions import HopelessError, Subscriptions, error_for, occasion_of
from graph.events.webhooks.tally import Letter, Tally
from graph.execution.sources import Event

# Seconds for which a turn starts anything new; and seconds after which it may no longer send, so that it has the
# outcome before the lease ends.
TURN: Final = 5.0
LATEST: Final = LEASE / 2
# Seconds that making an event may take, with waiting for a turn and for the database.
MAKING: Final = 10.0
TOO_LONG: Final = "The event took too long to make; ask for less of it."
# Events of different companies that are sent at a time, and events whose outcomes are recorded together.
ABREAST: Final = 8
NOTED: Final = 100


@dataclass(frozen=True, slots=True)
class Tools:
    """What turns share: the database, the leases, what runs subscriptions, and what sends."""

    database: Database
    leases: Leases
    subscriptions: Subscriptions
    courier: Courier


class Turn:
    """A turn that begins now."""

    def __init__(self, tools: Tools, webhook: Taken) -> None:
        self._tools = tools
        self._webhook = webhook
        self._secrets: Sequence[bytes] = ()
        self._began = time.monotonic()
        self._cursor: int = webhook["cursor"]
        self._failures: int = webhook["failures"]
        self._waiting: int = webhook["waiting"]
        self._silence: float = webhook["silence"]
        # The companies that are known here to have an event waiting.
        self._npis: frozenset[str] = frozenset()
        self._is_over = False
        # Seconds that its slowest attempt took.
        self.slowest = 0.0

    async def run(self, secrets: Sequence[bytes]) -> None:
        """Send what there is, for a while, signed with these secrets.

        Raises LeaseLostError, HopelessError or NotNowError.
        """
        self._secrets = secrets
        try:
            if self._waiting:
                await self._send_again()
                self._npis = await webhook_sending.waiting_npis(self._tools.database, self._webhook["id"])
            if self._may_send_new():
                await self._send_new()
        except ClientError as error:
            # For example, a watch list was deleted, or the past state of a company can't be read any more.
            raise error_for(error) from error

    def end(self) -> None:
        """Start nothing new from now on."""
        self._is_over = True

    async def hold(self, hold: Hold) -> None:
        """Send nothing for a while, for a reason that the owner reads."""
        step = Step(self._cursor, self._failures, problem=hold.problem, rest=hold.seconds)
        await self._tools.leases.advance(self._webhook["id"], step)

    def _may_go_on(self) -> bool:
        return not self._is_over and time.monotonic() - self._began < TURN

    def _may_send_new(self) -> bool:
        """Whether there is time, the webhook isn't slowed, and not too many events wait."""
        return self._may_go_on() and self._failures < MANY and self._waiting < MOST_WAITING

    # Retries.

    async def _send_again(self) -> None:
        """Retry the events that are due, for each company one at a time."""
        database, id_ = self._tools.database, self._webhook["id"]
        while self._may_go_on() and (due := await webhook_sending.due(database, id_, ABREAST)):
            letters: list[Letter] = []
            passed: list[tuple[int, str]] = []
            for each in due:
                letter = await self._letter_at(each["cursor"], each["attempts"])
                if letter is None:
                    passed.append((each["cursor"], each["npi"]))
                else:
                    letters.append(letter)
                if not self._may_go_on():
                    break
            await self._settle(self._cursor, await self._send(letters), passed=passed)

    async def _letter_at(self, cursor: int, attempts: int) -> Letter | None:
        """The waiting event of a change; None if the change doesn't match the webhook any more."""
        subscriber = await self._tools.subscriptions.begin(self._webhook, cursor - 1)
        # It is in the page that was read, or nowhere: no more of the log is read.
        event = subscriber.feed.first
        if event is None or int(event.cursor) != cursor:
            return None
        return await self._letter(subscriber, event, attempts)

    # New events.

    async def _send_new(self) -> None:
        """Send events of new changes, up to the end of the log."""
        subscriber = await self._tools.subscriptions.begin(self._webhook, self._cursor)
        batch: list[Event] = []
        async with aclosing(subscriber.feed.events(0)) as events:
            while (event := await self._next(events)) is not None:
                if self._must_go_before(batch, event):
                    await self._deliver(subscriber, batch)
                    batch = []
                    if not self._may_send_new():
                        return
                batch.append(event)
        if batch:
            await self._deliver(subscriber, batch)
        # Changes that don't match are skipped.
        if self._may_send_new() and int(subscriber.feed.cursor) > self._cursor:
            await self._settle(int(subscriber.feed.cursor), [])

    async def _next(self, events: AsyncGenerator[Event | None]) -> Event | None:
        """The next event; None if there is none now, or time is up."""
        try:
            async with asyncio.timeout(max(self._began + TURN - time.monotonic(), 0)):
                return await anext(events)
        except (TimeoutError, StopAsyncIteration):
            return None

    def _must_go_before(self, batch: Sequence[Event], event: Event) -> bool:
        """Whether a batch is full, or has an event of the same company, which must be accepted first."""
        sent = [each.root["npi"] for each in batch if each.root["npi"] not in self._npis]
        return len(sent) == ABREAST or len(batch) == NOTED or event.root["npi"] in sent

    async def _deliver(self, subscriber: Subscriber, batch: Sequence[Event]) -> None:
        """Send a batch, except for events that have to wait behind an earlier one of their company."""
        letters: list[Letter] = []
        behind: list[Event] = []
        for event in batch:
            if event.root["npi"] in self._npis:
                behind.append(event)
            else:
                letters.append(await self._letter(subscriber, event))
            if not self._may_go_on():
                break
        await self._settle(int(event.cursor), await self._send(letters), behind=behind)

    # Both kinds.

    async def _letter(self, subscriber: Subscriber, event: Event, attempts: int | None = None) -> Letter:
        """An event as a message, or with the outcome that it took too long to make."""
        id_, occasion, began = self._webhook["id"], occasion_of(event), time.monotonic()
        answer = await answer_in_time(subscriber, event)
        if answer is None:
            unsent = Attempt(None, time.monotonic() - began, TOO_LONG)
            return Letter(occasion.cursor, event.root["npi"], unmade(id_, occasion), attempts, unsent)
        return Letter(occasion.cursor, event.root["npi"], message_of(id_, occasion, answer.content), attempts)

    async def _send(self, letters: Sequence[Letter]) -> list[tuple[Letter, Attempt]]:
        """Send events of different companies, all at once; return the outcome of each."""
        if time.monotonic() - self._began > LATEST:
            raise LeaseLostError
        attempts = await asyncio.gather(*map(self._attempt, letters))
        self.slowest = max([self.slowest, *(each.seconds for each in attempts)])
        return list(zip(letters, attempts, strict=True))

    async def _attempt(self, letter: Letter) -> Attempt:
        """Send an event once, if there is something to send."""
        if letter.unsent is not None:
            return letter.unsent
        return await self._tools.courier.deliver_once(self._webhook["url"], self._secrets, letter.message)

    async def _settle(
        self,
        cursor: int,
        sent: Sequence[tuple[Letter, Attempt]],
        *,
        behind: Sequence[Event] = (),
        passed: Sequence[tuple[int, str]] = (),
    ) -> None:
        """Record the outcomes of events; raises HopelessError if nothing more is to be sent."""
        tally = Tally(self._failures, self._silence)
        for letter, attempt in sent:
            tally.count(letter, attempt)
        for event in behind:
            tally.set_behind(int(event.cursor), event.root["npi"])
        for place, npi in passed:
            tally.let_pass(place, npi)
        step = tally.step(cursor)
        await self._tools.leases.advance(self._webhook["id"], step)
        tally.tell(self._webhook["id"])
        self._note(step, tally.added)
        if tally.reason is not None:
            raise HopelessError(tally.reason)

    def _note(self, step: Step, added: int) -> None:
        self._cursor, self._failures = step.cursor, step.failures
        self._waiting += added - len(step.passed)
        self._npis |= {each.npi for each in step.set_back}
        if step.has_taken:
            self._silence = 0.0
        if step.rest > 0:
            self.end()


async def answer_in_time(subscriber: Subscriber, event: Event) -> Answer | None:
    """The answer to an event; None if it takes too long as a whole, or a time-out left a part of it out."""
    try:
        async with asyncio.timeout(MAKING):
            answer = await subscriber.tell(event)
    except (TimeoutError, StatementTimeoutError):
        return None
    return None if answer.is_late else answer
