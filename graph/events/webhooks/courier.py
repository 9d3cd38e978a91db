"""Sends a signed message to a URL once, and returns the outcome."""

import logging
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

import httpcore2
from anyio import fail_after

from db.failures import words_of
from graph.events.webhooks.message import Message
from graph.events.webhooks.network import Look, PinnedNetwork, PrivateAddressError
from graph.events.webhooks.signature import sign
from graph.telemetry.attributes import ADDRESS, MESSAGE_ID, METHOD, PORT, STATUS
from graph.telemetry.tracing import Values, tracing
from graph.telemetry.tracing import headers_of as trace_headers

# Seconds that a delivery may take in all.
DEADLINE: Final = 20.0
# Bytes of an answer that are read, so that its connection can be used again; they are thrown away.
READ: Final = 16 * 1024
# Connections that stay open between messages, and seconds for which each does.
KEPT: Final = 64
KEPT_SECONDS: Final = 10.0

USER_AGENT: Final = f"AriesOne/{version('ariesone')}"

TOO_LATE: Final = f"It doesn't answer within {DEADLINE:.0f} seconds."
# Why there is no answer, by what was raised, or by what brought that about.
PROBLEMS: Final[Sequence[tuple[type[BaseException], str]]] = (
    (PrivateAddressError, "Its name resolves to an address outside the public internet."),
    (socket.gaierror, "Its name has no address."),
    (
        ssl.SSLCertVerificationError,
        "Its certificate isn't valid for its name, or isn't signed by a trusted authority.",
    ),
    (ssl.SSLError, "The TLS handshake with it failed."),
    (TimeoutError, TOO_LATE),
    (httpcore2.TimeoutException, TOO_LATE),
    (httpcore2.ConnectError, "It can't be connected to."),
    (httpcore2.NetworkError, "The connection to it was lost."),
    (httpcore2.ProtocolError, "Its answer isn't valid HTTP, or is missing."),
)

log = logging.getLogger("ariesone.webhooks")


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of sending a message: the answer's status, None if there was none, and the seconds it took.

    `problem` is what was wrong, in words without URLs and secrets; None if the message was accepted.
    `retry_after` is the Retry-After of the answer, in seconds.
    """

    status: int | None
    seconds: float
    problem: str | None
    retry_after: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the message was accepted."""
        return self.problem is None


class Courier:
    """Sends messages; if it `is_open`, as in development, to this machine too."""

    def __init__(self, look: Look, *, is_open: bool, trusted: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trusted or ssl.create_default_context(),
            max_connections=None,
            max_keepalive_connections=KEPT,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=PinnedNetwork(look, is_open=is_open),
        )

    async def deliver_once(self, url: str, secrets: Sequence[bytes], message: Message) -> Attempt:
        """Send a message to a URL, signed with each of the secrets; errors are part of the outcome."""
        with tracing.doing("client", "POST", tracing.place_after(message.place)) as span:
            headers = {**headers_of(url, secrets, message), **trace_headers(span.place)}
            attempt = await self._try(url, headers, message.body)
            span.note(values_of(url, message, attempt), attempt.problem and str(attempt.status or "no answer"))
        return attempt

    async def _try(self, url: str, sent: Mapping[str, str], body: bytes) -> Attempt:
        began = time.monotonic()
        try:
            # Not asyncio's: only this one lets httpcore close connections that it has begun to close.
            with fail_after(DEADLINE):
                status, headers = await self._post(url, sent, body)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told in words of ours
            log.debug("a message can't be delivered: %s", words_of(error))
            return Attempt(None, time.monotonic() - began, problem_of(error))
        seconds = time.monotonic() - began
        return Attempt(status, seconds, words_for(status), retry_after_in(headers))

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[bytes, bytes]]:
        async with self._pool.stream("POST", url, headers=list(headers.items()), content=body) as answer:
            read = 0
            async for piece in answer.aiter_stream():
                read += len(piece)
                if read > READ:
                    break
            return answer.status, {name.lower(): value for name, value in answer.headers}


def values_of(url: str, message: Message, attempt: Attempt) -> Values:
    """What a trace is told of an attempt: not the path, which may hold a secret."""
    place = urlsplit(url)
    told = {
        METHOD: "POST",
        ADDRESS: place.hostname,
        PORT: place.port,
        MESSAGE_ID: message.id,
        STATUS: attempt.status,
    }
    return {name: value for name, value in told.items() if value is not None}


def headers_of(url: str, secrets: Sequence[bytes], message: Message) -> Mapping[str, str]:
    """What is sent with a message at this moment."""
    now = int(time.time())
    return {
        "host": urlsplit(url).netloc,
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message.id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secrets, message.id, now, message.body),
    }


def words_for(status: int) -> str | None:
    """Why an answer doesn't accept the message; None if it does."""
    if 200 <= status <= 299:  # noqa: PLR2004 - any success (RFC 9110, 15.3)
        return None
    if 300 <= status <= 399:  # noqa: PLR2004 - redirects (RFC 9110, 15.4)
        return f"It answers {status}; redirects aren't followed."
    return f"It answers {status}."


def problem_of(error: Exception) -> str:
    """Why there is no answer."""
    causes = list(causes_of(error))
    found = (words for kind, words in PROBLEMS if any(isinstance(each, kind) for each in causes))
    return next(found, "It can't be reached.")


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what brought it about."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def retry_after_in(headers: Mapping[bytes, bytes]) -> float | None:
    """Seconds of an answer's Retry-After; None if it has none, or none that can be read."""
    given = headers.get(b"retry-after", b"").decode("latin-1").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return (until - datetime.now(UTC)).total_seconds()
