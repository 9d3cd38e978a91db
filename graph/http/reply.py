"""What a request is answered with, and how it is sent."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

import orjson
from starlette.responses import Response
from starlette.types import Send

from graph.http import media
from graph.http.exchange import DEFAULTS, Exchange

CONTENT_TYPES = {
    each: f"{each}; charset=utf-8".encode() for each in (media.JSON, media.GRAPHQL_RESPONSE, *media.NAMED)
}

# What answers depend on besides what was asked: a cache on the way must look at these.
VARY = b"accept, accept-encoding, authorization"

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Whole(NamedTuple):
    """An answer that is there as a whole: a status, JSON in bytes, and headers besides those of the content."""

    status: int
    content: bytes
    headers: Mapping[str, str] = NO_HEADERS
    # Its content in codings (graph/http/encoding.py), where it is kept together with them.
    coded: dict[str, bytes] | None = None
    # What tells its content from any other, where caches on the way may keep it.
    etag: str | None = None

    @classmethod
    def of(cls, answer: object, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> "Whole":
        """Return an object as an answer."""
        return cls(status, orjson.dumps(answer), headers)

    def with_headers(self, headers: Mapping[str, str]) -> "Whole":
        """Return it with further headers."""
        all_headers = {**self.headers, **headers} if self.headers else headers
        return Whole(self.status, self.content, all_headers, self.coded, self.etag)

    async def send(self, exchange: Exchange, send: Send) -> None:
        """Send it, in the media type that the client takes."""
        content_type = CONTENT_TYPES[exchange.media_type]
        if self.status == HTTPStatus.NOT_MODIFIED:
            await self._send_unmodified(exchange.watch(send))
            return
        if self.try_write(exchange):
            return
        head = [(b"content-type", content_type), (b"vary", VARY), (b"content-length", b"%d" % len(self.content))]
        head += self._own_headers()
        watched = exchange.watch(send)
        await watched({"type": "http.response.start", "status": self.status, "headers": head})
        await watched({"type": "http.response.body", "body": self.content})

    def try_write(self, exchange: Exchange) -> bool:
        """Write it by the short way back; return False where there is none."""
        return exchange.try_write(self.status, CONTENT_TYPES[exchange.media_type], self.content, self.headers)

    async def _send_unmodified(self, send: Send) -> None:
        """Send a head alone, which says nothing of the content that the client has (RFC 9110, 15.4.5)."""
        head = [(b"vary", VARY), *self._own_headers()]
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send({"type": "http.response.body"})

    def _own_headers(self) -> list[tuple[bytes, bytes]]:
        return [(name.encode(), value.encode()) for name, value in self.headers.items()]

    def as_bytes(self) -> bytes:
        """Return all that is written to a connection that is closed then."""
        head = head_of(self.status, CONTENT_TYPES[media.JSON], "cache-control" in self.headers)
        head += b"".join(f"{name}: {value}\r\n".encode() for name, value in self.headers.items())
        return head + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(self.content) + self.content

    def as_response(self) -> Response:
        """Return it as Starlette has answers."""
        headers = {**self.headers, "content-type": CONTENT_TYPES[media.JSON].decode()}
        return Response(self.content, self.status, headers)


@lru_cache(maxsize=256)
def head_of(status: int, content_type: bytes, is_kept: bool) -> bytes:  # noqa: FBT001 - a part of what is remembered
    """Return the part of an HTTP/1.1 head that answers of one kind share; `is_kept` ones say themselves how."""
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode("ascii")
    shared = {b"content-type": content_type, b"vary": VARY, **DEFAULTS}
    if is_kept:
        del shared[b"cache-control"]
    return line + b"".join(b"%b: %b\r\n" % header for header in shared.items())


class SharedLines:
    """The lines of headers that all answers of a moment share: uvicorn makes a new list of them each second."""

    def __init__(self) -> None:
        self._headers: Sequence[tuple[bytes, bytes]] = ()
        self._lines = b""

    def of(self, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Return headers as lines, written once for the same list."""
        if headers is not self._headers:
            self._headers, self._lines = headers, b"".join(b"%b: %b\r\n" % header for header in headers)
        return self._lines


shared_lines = SharedLines()
