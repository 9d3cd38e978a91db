"""Several requests in one body: answered one after the other, whatever becomes of each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from graph.errors import BadRequestError, OperationTimeoutError
from graph.execution.run import Abandoned
from graph.http.exchange import Exchange
from graph.http.refusal import write_refusal
from graph.http.reply import Whole
from graph.http.request import GraphQLRequest, from_parameters

Operate = Callable[[GraphQLRequest], Awaitable[Whole]]


def require_size(entries: Sequence[object], most: int) -> None:
    """Raise BadRequestError for an empty batch, and for one of more than `most` requests."""
    if not most:
        raise BadRequestError("Batches aren't taken; send one request at a time.")
    if not 0 < len(entries) <= most:
        raise BadRequestError(f"A batch may hold from 1 to {most} requests.")


async def answer_batch(exchange: Exchange, entries: Sequence[object], operate: Operate, seconds: float) -> Whole:
    """Answer the requests of a batch; those that haven't begun after so many seconds are refused."""
    # An entry's answer is not the answer to the body.
    exchange.kept_as = None
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
        return await operate(from_parameters(entry))
    except Abandoned:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are answered
        return write_refusal(error, exchange)
