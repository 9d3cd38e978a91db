"""Several requests in one body, or one with several sets of variables: answered whatever becomes of each.

GraphQL over HTTP, "Batching" (draft): the answers are lines of JSON for who takes these, else a JSON array.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from graph.errors import BadRequestError, OperationTimeoutError
from graph.events.listener import Listener
from graph.execution.run import Abandoned
from graph.http import media
from graph.http.exchange import Exchange
from graph.http.refusal import status_of_documents, write_refusal
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest, from_parameters
from graph.http.several import one_of

# Entries of a refused batch that are answered one by one; whoever sends more is no client that waits for them.
MAX_TOLD = 500

Asked = TypeVar("Asked")

# Gives the answers to a request as JSON: one, or one for each set of variables.
Operate = Callable[[GraphQLRequest], Awaitable[Sequence[bytes]]]


def refuse_batch(exchange: Exchange, entries: Sequence[object], most: int) -> Whole:
    """Return the refusal of a batch of more than `most` requests; raises BadRequestError for an empty one.

    Each entry gets the same error: clients look for an answer in its place, and show nothing otherwise.
    """
    if not entries:
        raise BadRequestError("The batch is empty; send at least one request.")
    error = BadRequestError(
        f"The batch has {len(entries)} requests; MAX_BATCH, the most that this server takes at once, is {most}."
        if most
        else "This server takes no batches (MAX_BATCH is 0); send one request at a time."
    )
    if len(entries) > MAX_TOLD:
        raise error
    content, status = write_refusal(error, exchange).content, status_of_documents(exchange)
    return write_answers(exchange, [content] * len(entries), status)


async def answer_batch(exchange: Exchange, entries: Sequence[object], operate: Operate, seconds: float) -> Whole:
    """Answer the requests of a batch; those that haven't begun after so many seconds are refused."""

    async def answer(entry: object) -> Sequence[bytes]:
        return await operate(from_parameters(entry, takes_sets=True))

    found = await in_turn(exchange, entries, answer, seconds)
    # In an array without sets of variables, each answer's place tells whose it is; clients know no more there.
    if exchange.takes_lines or any(map(has_sets, entries)):
        found = [
            [numbered(b"requestIndex", place, content) for content in answers]
            for place, answers in enumerate(found)
        ]
    return write_answers(exchange, [content for answers in found for content in answers])


def has_sets(entry: object) -> bool:
    """Return whether an entry of a batch has a list of sets of variables."""
    return isinstance(entry, dict) and isinstance(entry.get("variables"), list)


def numbered(name: bytes, place: int, content: bytes) -> bytes:
    """Return an answer, a JSON object, that says first to which request, or set of variables, it is."""
    return b'{"%b":%d,%b' % (name, place, content[1:])


def write_answers(exchange: Exchange, answers: Sequence[bytes], status: int = 200) -> Whole:
    """Return the reply with several answers."""
    if exchange.takes_lines:
        exchange.media_type = media.JSON_LINES
        return Whole(status, b"\n".join(answers) + b"\n")
    return Whole(status, b"[" + b",".join(answers) + b"]")


async def in_turn(
    exchange: Exchange,
    asked: Iterable[Asked],
    answer: Callable[[Asked], Awaitable[Sequence[bytes]]],
    seconds: float,
) -> list[Sequence[bytes]]:
    """Return the answers to one after the other; those that haven't begun after so many seconds are refused."""
    ends = time.monotonic() + seconds
    return [await _answer(exchange, each, answer, ends) for each in asked]


async def _answer(
    exchange: Exchange, asked: Asked, answer: Callable[[Asked], Awaitable[Sequence[bytes]]], ends: float
) -> Sequence[bytes]:
    # Others are answered between the entries.
    await asyncio.sleep(0)
    with one_of(exchange):
        if time.monotonic() >= ends:
            late = OperationTimeoutError("The batch took too long; this operation was not run.")
            return [write_refusal(late, exchange).content]
        try:
            return await answer(asked)
        except Abandoned:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are answered
            return [write_refusal(error, exchange).content]


def whole(reply: Whole | Listener) -> Whole:
    """Return an answer that ends; nothing of a batch is listened to (graph/http/endpoint.py sees to it)."""
    if isinstance(reply, Listener):
        raise TypeError("a batch listens to nothing")
    return reply
