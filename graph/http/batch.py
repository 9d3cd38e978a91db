"""Several requests in one body: answered one after the other, whatever becomes of each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from graph.errors import BadRequestError, OperationTimeoutError
from graph.events.listener import Listener
from graph.execution.run import Abandoned
from graph.http.exchange import Exchange
from graph.http.refusal import status_of_documents, write_refusal
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest, from_parameters

# Entries of a refused batch that are answered one by one; whoever sends more is no client that waits for them.
MAX_TOLD = 500

Operate = Callable[[GraphQLRequest], Awaitable[Whole | Listener]]


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
    content = write_refusal(error, exchange).content
    return Whole(status_of_documents(exchange), b"[" + b",".join([content] * len(entries)) + b"]")


async def answer_batch(exchange: Exchange, entries: Sequence[object], operate: Operate, seconds: float) -> Whole:
    """Answer the requests of a batch; those that haven't begun after so many seconds are refused."""
    ends = time.monotonic() + seconds
    replies = [await _answer(exchange, entry, operate, ends) for entry in entries]
    return Whole(200, b"[" + b",".join(reply.content for reply in replies) + b"]")


async def _answer(exchange: Exchange, entry: object, operate: Operate, ends: float) -> Whole:
    # Others are answered between the entries.
    await asyncio.sleep(0)
    exchange.operation_name = None
    if time.monotonic() >= ends:
        return write_refusal(
            OperationTimeoutError("The batch took too long; this operation was not run."), exchange
        )
    try:
        return whole(await operate(from_parameters(entry)))
    except Abandoned:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are answered
        return write_refusal(error, exchange)


def whole(reply: Whole | Listener) -> Whole:
    """Return an answer that ends; nothing of a batch is listened to (graph/http/endpoint.py sees to it)."""
    if isinstance(reply, Listener):
        raise TypeError("a batch listens to nothing")
    return reply
