"""Sends every change to RabbitMQ as an event: each at least once, those of one company one after the other.

Several processes may: one works, the others stand by until its lease is over. No order depends on there being only
one: whoever works sends in order what comes after a place up to which all is delivered.
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NoReturn

from db import changes, deliveries
from db.changes import AheadError, ExpiredError, Filter, Scan
from db.deliveries import Step
from db.engine import Database
from db.failures import words_of
from graph.events.broker import Broker, BrokerError, Fate
from graph.events.cloud_event import Event, events_of
from graph.events.window import Window, turns

# What this delivery is called in the database.
AMQP: Final = "amqp"

# Changes that are read and sent together.
BATCH: Final = 200
# Seconds between two looks at the log where nothing is new; and at a delivery that another process works at.
INTERVAL: Final = 0.25
STANDBY: Final = 2.0
# Seconds that others leave it to the process that works at it. It takes them anew after a third of them, and where
# less than a third is left begins to send nothing.
LEASE: Final = 15.0
# Seconds between two attempts at first and at most, less up to a half of them at random.
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0
# Seconds for letting others work when this process doesn't.
LEAVING: Final = 1.0
# Seconds without a word from the broker after which it is asked something, though nothing is to be sent; and those
# from which on its answers are slow.
QUIET: Final = 3.0
SLOW: Final = 1.0

log = logging.getLogger("ariesone.events")


class LeaseLostError(Exception):
    """Another process works at the delivery by now, or somebody has it begin elsewhere."""


class Deliverer:
    """What one process knows of the delivery while it works at it."""

    def __init__(self, database: Database, broker: Broker, source: str, *, passes_unroutable: bool) -> None:
        self._database = database
        self._broker = broker
        self._source = source
        self._holder = secrets.token_hex(8)
        self._held_until = float("-inf")
        # The last change up to which all is delivered, and what is known of later ones; None where another works.
        self._cursor: int | None = None
        self._window = Window(passes_unroutable=passes_unroutable)
        self._failures = 0
        self._problem: str | None = None
        # When the broker last answered, and the most seconds that one of its last answers took.
        self._heard_at = float("-inf")
        self._slowest = 0.0
        # Whether the database may say of this delivery what is no longer so.
        self._is_outdated = True

    async def run(self) -> NoReturn:
        """Deliver until cancelled."""
        try:
            while True:  # noqa: ASYNC110 - how long it rests goes by what it found
                await asyncio.sleep(await self._work())
        finally:
            await self._release()
            await self._broker.close()

    async def _work(self) -> float:
        """Do what there is to do, whatever comes of it; the seconds until there may be more."""
        try:
            cursor = await self._take()
            return STANDBY if cursor is None else await self._deliver(cursor)
        except LeaseLostError:
            self._forget()
            return STANDBY
        except BrokerError as error:
            # What the driver says names the broker's address: it stands in the log for who looks closer (DEBUG).
            return await self._give_up(str(error), None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt must come
            return await self._give_up("the log of changes can't be read", error)

    async def _take(self) -> int | None:
        """The place to go on from; None while another process works at it."""
        now = time.monotonic()
        if now < self._held_until - LEASE * 2 / 3:
            return self._cursor
        place = await deliveries.take(self._database, AMQP, self._holder, LEASE)
        if place is None or place != (self._cursor, False):
            self._forget()
        if place is None:
            return None
        self._cursor, self._held_until = place.cursor, now + LEASE
        return place.cursor

    async def _deliver(self, cursor: int) -> float:
        """Send what comes next in the log, as far as it wasn't taken already."""
        scan = await self._scan(cursor)
        if not scan.rows:
            return await self._rest()
        events = await events_of(self._database, scan.rows, self._source)
        problem = await self._send(self._window.unsettled(events))
        await self._advance(self._window.step(cursor, events))
        if problem is not None:
            return await self._hesitate(problem)
        await self._get_on()
        return 0 if scan.has_next else INTERVAL

    async def _rest(self) -> float:
        """See that a broker is there which nothing is sent to, now and then; the seconds until the next look."""
        if time.monotonic() - self._heard_at > QUIET:
            await self._broker.look()
            self._note_answer()
            await self._get_on()
        return INTERVAL

    def _note_answer(self) -> None:
        self._heard_at = time.monotonic()
        self._slowest = max(self._slowest, self._broker.seconds)

    async def _scan(self, cursor: int) -> Scan:
        """The changes after one; where that is no place of the log, says so and goes on from the nearest one."""
        try:
            return await changes.page(self._database, cursor, BATCH, Filter())
        except AheadError:
            nearest = await changes.last(self._database)
            told = f"the log ends at {nearest}, before what was delivered, {cursor}: it goes on from there"
        except ExpiredError as error:
            nearest = error.oldest
            told = f"the changes after {cursor} up to {nearest} were removed before they were delivered"
        log.error("%s", told)
        await self._advance(Step(nearest))
        return await changes.page(self._database, nearest, BATCH, Filter())

    async def _send(self, events: Sequence[Event]) -> str | None:
        """Send events, those of one company one after the other; why some must be sent again."""
        problem = None
        held: set[str] = set()
        for turn in turns(events):
            await self._require_lease()
            sent = [each for each in turn if each.npi not in held]
            fates = await self._broker.publish(sent) if sent else []
            self._note_answer()
            for event, fate in zip(sent, fates, strict=True):
                if not self._window.settle(event, fate):
                    held.add(event.npi)
                    problem = problem or words_for(event, fate)
            if Fate.IN_DOUBT in fates:
                break
        return problem

    async def _require_lease(self) -> None:
        """Raise LeaseLostError unless there is time enough to send something."""
        if time.monotonic() > self._held_until - LEASE / 3:
            cursor = self._cursor
            if await self._take() != cursor:
                raise LeaseLostError

    async def _advance(self, step: Step) -> None:
        """Note how far the delivery has come."""
        if step.cursor == self._cursor:
            return
        if not await deliveries.advance(self._database, AMQP, self._holder, step):
            raise LeaseLostError
        for each in step.set_aside:
            log.error("the event of change %d is set aside: %s", each.cursor, each.reason)
        self._cursor = step.cursor
        self._window.move_to(step.cursor)

    async def _hesitate(self, problem: str, cause: BaseException | None = None) -> float:
        """Note why it doesn't get on; the seconds until the next attempt."""
        await self._note(problem, cause)
        self._failures += 1
        longest = min(FIRST_PAUSE * (1 << min(self._failures - 1, 10)), LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1)  # noqa: S311 - so that not all come at once

    async def _note(self, problem: str, cause: BaseException | None = None) -> None:
        """Have the log and the database say what is wrong."""
        if problem != self._problem:
            why = f" ({words_of(cause)})" if isinstance(cause, Exception) else ""
            log.warning("changes wait to be delivered: %s%s", problem, why)
        self._problem = problem
        await self._hinder(problem)

    async def _hinder(self, problem: str | None) -> None:
        with suppress(Exception):
            async with asyncio.timeout(LEAVING):
                await deliveries.hinder(self._database, AMQP, self._holder, problem)
            self._is_outdated = problem is not None

    async def _give_up(self, problem: str, cause: BaseException | None) -> float:
        """Let another process try, which may reach what this one doesn't; the seconds until the next attempt."""
        pause = await self._hesitate(problem, cause)
        await self._release()
        return pause

    async def _get_on(self) -> None:
        """Note that nothing is wrong, or no more than that the broker is slow."""
        slowest, self._slowest, self._failures = self._slowest, 0.0, 0
        if slowest > SLOW:
            await self._note(f"RabbitMQ takes more than {SLOW:g} s to answer")
            return
        if self._problem is not None:
            log.info("changes are delivered again")
        self._problem = None
        if self._is_outdated:
            await self._hinder(None)

    def _forget(self) -> None:
        """Know nothing of what comes after the place that others have come to meanwhile."""
        self._cursor, self._held_until = None, float("-inf")
        self._window.clear()
        self._is_outdated = True

    async def _release(self) -> None:
        self._held_until = float("-inf")
        with suppress(Exception):
            async with asyncio.timeout(LEAVING):
                await deliveries.release(self._database, AMQP, self._holder)


def words_for(event: Event, fate: Fate) -> str:
    """Why an event must be sent again."""
    if fate is Fate.UNROUTABLE:
        return f"no queue is bound for {event.routing_key}"
    if fate is Fate.TURNED_AWAY:
        return f"a queue that is bound for {event.routing_key} takes nothing more"
    if fate is Fate.REFUSED:
        return f"RabbitMQ refuses the event of change {event.cursor}"
    return "RabbitMQ doesn't confirm what it is sent"
