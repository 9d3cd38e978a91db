"""Answers as an event stream, by the protocol "GraphQL over Server-Sent Events", distinct connections.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Ours besides: each event has the cursor to go on
after it as its id, which a browser sends back in Last-Event-ID.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import Final

from graph.errors import ClientError
from graph.events.audience import Audience
from graph.events.listener import Listener
from graph.events.subscriber import Subscriber
from graph.http import media
from graph.http.exchange import Exchange
from graph.http.reply import CONTENT_TYPES, NO_HEADERS, Whole
from graph.http.stream import Stream

# Milliseconds after which a browser connects anew.
RETRY: Final = 1000

COMPLETE: Final = b"event: complete\ndata:\n\n"


def stream_of(exchange: Exchange, listener: Listener, audience: Audience) -> Stream:
    """Return the stream that tells a listener; raises what one too many is told."""

    def end(error: ClientError) -> None:
        stream.end(last_words(listener, error))

    seat = audience.admit(exchange.viewer, exchange.client, exchange.header_list, end)
    stream = Stream(
        CONTENT_TYPES[media.EVENT_STREAM].decode(),
        chunks_of(listener),
        NO_HEADERS if exchange.use is None else exchange.use.headers,
        lagged=lambda: last_words(listener, listener.lagged()),
        on_end=partial(audience.leave, seat),
    )
    return stream


async def chunks_of(listener: Listener) -> AsyncGenerator[bytes]:
    """Yield the answers as events, a comment with the cursor now and then, and the end."""
    if isinstance(listener, Subscriber):
        exchange = listener.listening.exchange
        listener.taker = lambda answer: exchange.try_write_chunk(framed(answer.content, answer.cursor))
    yield b"retry: %d\nid: %b\n\n" % (RETRY, listener.cursor.encode())
    async with aclosing(listener.answers()) as answers:
        async for answer in answers:
            if answer is None:
                # An id without data is no event, but is the last one's all the same.
                yield b":\nid: %b\n\n" % listener.cursor.encode()
            else:
                yield framed(answer.content, answer.cursor)
    yield COMPLETE


def framed(content: bytes, cursor: str | None = None) -> bytes:
    """Return an answer as an event; JSON as it is written here has no line breaks."""
    line = b"" if cursor is None else b"id: %b\n" % cursor.encode()
    return b"event: next\n%bdata: %b\n\n" % (line, content)


def last_words(listener: Listener, error: ClientError) -> bytes:
    """Return the end of a stream that ends for an error."""
    return framed(listener.refuse(error)) + COMPLETE


def framed_whole(exchange: Exchange, reply: Whole) -> Whole:
    """Return an answer as an event stream that ends with it.

    What was refused before there was an operation is JSON with its status, as for all who ask.
    """
    if reply.status != HTTPStatus.OK:
        exchange.media_type = media.JSON
        return reply
    headers = {**reply.headers, "cache-control": "no-cache"}
    return Whole(reply.status, framed(reply.content) + COMPLETE, headers)
