"""The connection to RabbitMQ: events are sent many at once, and what became of each is told within a deadline."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum
from typing import Final

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import (
    AMQPChannelError,
    AuthenticationError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    DeliveryError,
    ProbableAuthenticationError,
    PublishError,
)

from db.failures import words_of
from graph.events.cloud_event import CONTENT_TYPE, Event
from graph.telemetry.attributes import (
    DESTINATION,
    MESSAGE_ID,
    MESSAGING,
    MESSAGING_NAME,
    MESSAGING_TYPE,
    ROUTING_KEY,
)
from graph.telemetry.traces import Place
from graph.telemetry.tracing import Span, Values, headers_of, tracing

# Seconds for a connection to come about, and for events that are sent together to be confirmed.
DEADLINE: Final = 5.0
# Seconds for a connection to be closed in good order.
CLOSING: Final = 1.0

log = logging.getLogger("ariesone.events")


class Fate(Enum):
    """What became of an event that was sent."""

    TAKEN = "taken"
    # No queue is bound for it.
    UNROUTABLE = "unroutable"
    # A queue that is bound for it is full, or can't write just now.
    TURNED_AWAY = "turned away"
    # The broker takes no such event: it is too large.
    REFUSED = "refused"
    # It may have been taken, or not.
    IN_DOUBT = "in doubt"


class BrokerError(Exception):
    """The broker can't be reached, or doesn't let us publish: why, in words that hold no secret and no address."""


class Broker:
    """A topic exchange of a RabbitMQ; it connects when it is first used, and anew after any doubt."""

    def __init__(self, url: str, exchange: str) -> None:
        self._url = url
        self._name = exchange
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None
        # How many seconds the last answer took, connecting aside.
        self.seconds = 0.0

    async def publish(self, events: Sequence[Event]) -> list[Fate]:
        """Send events, and wait until each is confirmed, no longer than DEADLINE; raises BrokerError.

        They reach the broker in any order. Some may have been taken where it raises.
        """
        exchange = self._exchange or await self._open()
        began = time.monotonic()
        fates, reason = await send(exchange, events)
        self.seconds = time.monotonic() - began
        if Fate.IN_DOUBT in fates:
            is_full = self._connection is not None and await is_blocked(self._connection)
            await self.close()
            if is_full:
                raise BrokerError("RabbitMQ accepts nothing, since its memory or its disk is full")
        if isinstance(reason, ChannelPreconditionFailed):
            # One of them isn't one that the broker takes; it has closed the channel, and doesn't say for which.
            return [Fate.REFUSED] if len(events) == 1 else await self._one_by_one(events, fates)
        if isinstance(reason, AMQPChannelError):
            raise BrokerError("RabbitMQ doesn't let us publish") from reason
        return fates

    async def look(self) -> None:
        """Have the broker answer a question that changes nothing; raises BrokerError."""
        if self._channel is None:
            await self._open()
            return
        began = time.monotonic()
        try:
            async with asyncio.timeout(DEADLINE):
                await self._channel.get_exchange(self._name, ensure=True)
        except Exception as error:
            await self.close()
            raise BrokerError(reason_of(error)) from error
        self.seconds = time.monotonic() - began

    async def close(self) -> None:
        """Close the connection, whatever state it is in."""
        connection, self._connection, self._channel, self._exchange = self._connection, None, None, None
        if connection is not None:
            await close(connection)

    async def _one_by_one(self, events: Sequence[Event], fates: Sequence[Fate]) -> list[Fate]:
        """Send those that are in doubt again, each by itself, until one is in doubt once more or time is over.

        Who sends may do so for so long only that no other one has begun to meanwhile.
        """
        found, until = list(fates), time.monotonic() + DEADLINE
        for place, event in enumerate(events):
            if time.monotonic() > until:
                break
            if found[place] is Fate.IN_DOUBT:
                [found[place]] = await self.publish([event])
                if found[place] is Fate.IN_DOUBT:
                    break
        return found

    async def _open(self) -> AbstractExchange:
        """Connect, and find the exchange or make it."""
        try:
            async with asyncio.timeout(DEADLINE):
                self._connection = await aio_pika.connect(self._url, timeout=DEADLINE)
                self._channel, self._exchange = await found_or_made(self._connection, self._name)
        except Exception as error:
            await self.close()
            told = BrokerError(reason_of(error))
            log.debug("%s: %s", told, words_of(error))
            raise told from error
        return self._exchange


async def send(exchange: AbstractExchange, events: Sequence[Event]) -> tuple[list[Fate], BaseException | None]:
    """Send events at once; what became of each, and why the channel is closed where one is in doubt."""
    began = time.time_ns()
    places = [each.place and tracing.place_after(each.place) for each in events]
    sent = [
        asyncio.ensure_future(exchange.publish(message_of(event, place), event.routing_key))
        for event, place in zip(events, places, strict=True)
    ]
    try:
        await asyncio.wait(sent, timeout=DEADLINE)
    finally:
        for each in sent:
            each.cancel()
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
    fates = [fate_of(each) for each in outcomes]
    for event, place, fate in zip(events, places, fates, strict=True):
        if place is not None:
            tell_of(event, place, exchange.name, began, fate)
    reasons = (each for each in outcomes if isinstance(each, BaseException) and fate_of(each) is Fate.IN_DOUBT)
    return fates, next(reasons, None)


def tell_of(event: Event, place: Place, exchange: str, began: int, fate: Fate) -> None:
    """Tell of a publishing as a span below that of the request that made the change."""
    values: Values = {
        MESSAGING: "rabbitmq",
        MESSAGING_TYPE: "send",
        MESSAGING_NAME: "publish",
        DESTINATION: exchange,
        ROUTING_KEY: event.routing_key,
        MESSAGE_ID: str(event.cursor),
    }
    error = None if fate is Fate.TAKEN else fate.value
    tracing.tell(Span(f"publish {exchange}", "producer", place, began, time.time_ns(), values, error))


def message_of(event: Event, place: Place | None = None) -> aio_pika.Message:
    """An event as AMQP has it, to outlive a restart of the broker; `place` is its publishing's in a trace."""
    return aio_pika.Message(
        event.body,
        content_type=CONTENT_TYPE,
        message_id=str(event.cursor),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        headers=dict(headers_of(place)),
    )


def fate_of(outcome: object) -> Fate:
    """What became of an event, by what publishing it came to."""
    match outcome:
        case PublishError():
            return Fate.UNROUTABLE
        case DeliveryError():
            return Fate.TURNED_AWAY
        case BaseException():
            return Fate.IN_DOUBT
        case _:
            return Fate.TAKEN


async def found_or_made(connection: AbstractConnection, name: str) -> tuple[AbstractChannel, AbstractExchange]:
    """A channel, and the exchange; who may only publish can use one that is there."""
    try:
        channel = await connection.channel(on_return_raises=True)
        return channel, await channel.get_exchange(name, ensure=True)
    except ChannelNotFoundEntity:
        channel = await connection.channel(on_return_raises=True)
        return channel, await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)


async def is_blocked(connection: AbstractConnection) -> bool:
    """Whether the broker has said that it accepts nothing at the moment, as it does when it runs full."""
    # aio-pika's own `ready` knows only whether it is connected.
    inner = connection.transport and connection.transport.connection
    if not inner or not inner.is_opened:
        return False
    try:
        async with asyncio.timeout(0):
            await inner.ready()
    except TimeoutError:
        return True
    return False


async def close(connection: AbstractConnection) -> None:
    """Close a connection, though nobody may be there any more to hear of it."""
    with suppress(Exception):
        async with asyncio.timeout(CLOSING):
            await connection.close()


def reason_of(error: Exception) -> str:
    """Why there is no connection."""
    if isinstance(error, AuthenticationError | ProbableAuthenticationError):
        return "RabbitMQ refuses the user or the password"
    if isinstance(error, TimeoutError):
        return "RabbitMQ doesn't answer"
    if isinstance(error, AMQPChannelError):
        return "RabbitMQ doesn't let us use the exchange"
    return "RabbitMQ can't be reached"
