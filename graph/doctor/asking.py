"""One request over HTTP to a server that is looked at."""

from asyncio import timeout
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore2

# Seconds that an answer may take, and for which a stream may say nothing; bytes of an answer that are read.
DEADLINE = 4.0
PAUSE = 1.0
MOST = 4 * 1024 * 1024

# What stands before the data of an event.
_DATA = b"\ndata: "


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, its headers by their names in lower case, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(url: str, headers: Mapping[str, str] | None = None, content: bytes | None = None) -> Answer:
    """Send a GET, or a POST with a content. Raises TimeoutError, OSError or what httpcore2 raises."""
    async with timeout(DEADLINE), answering(url, headers or {}, content) as answer:
        body = bytearray()
        async for piece in answer.aiter_stream():
            body += piece
            if len(body) > MOST:
                break
        return Answer(answer.status, headers_in(answer), bytes(body))


async def ask_stream(url: str, headers: Mapping[str, str], content: bytes) -> Answer:
    """Send a POST that events answer; the body is the data of the first one, empty if none comes at once.

    Raises as `ask` does.
    """
    async with timeout(DEADLINE), answering(url, headers, content) as answer:
        body = bytearray()
        with suppress(TimeoutError):
            async with timeout(PAUSE):
                async for piece in answer.aiter_stream():
                    body += piece
                    if len(body) > MOST or (_DATA in body and body.endswith(b"\n\n")):
                        break
        found = headers_in(answer)
        is_stream = found.get("content-type", "").startswith("text/event-stream")
        data = bytes(body).partition(_DATA)[2].partition(b"\n")[0]
        return Answer(answer.status, found, data if is_stream else bytes(body))


@asynccontextmanager
async def answering(
    url: str, headers: Mapping[str, str], content: bytes | None
) -> AsyncIterator[httpcore2.Response]:
    """Yield the answer to a request over a connection of its own, its body unread."""
    method = "GET" if content is None else "POST"
    given = list({"host": urlsplit(url).netloc, **headers}.items())
    async with (
        httpcore2.AsyncConnectionPool() as pool,
        pool.stream(method, url, headers=given, content=content) as answer,
    ):
        yield answer


def headers_in(answer: httpcore2.Response) -> Mapping[str, str]:
    """Return the headers of an answer."""
    return {name.decode().lower(): value.decode("latin-1") for name, value in answer.headers}
