"""What may arrive at the endpoint: within bounds, and as JSON in UTF-8."""

from functools import lru_cache
from itertools import chain

from starlette.types import Receive

from graph.errors import (
    BadRequestError,
    BodyTooLargeError,
    HeadersTooLargeError,
    UnsupportedMediaTypeError,
    UriTooLongError,
)
from graph.http.exchange import Exchange, Headers

MAX_URI_BYTES = 8 * 1024
MAX_HEADER_BYTES = 32 * 1024


def require_bounds(exchange: Exchange) -> None:
    """Refuse a URL or headers that no honest client sends; raises UriTooLongError or HeadersTooLargeError."""
    if len(exchange.path) + len(exchange.query_string) > MAX_URI_BYTES:
        raise UriTooLongError(f"The URL is longer than {MAX_URI_BYTES} bytes; send a POST.")
    if sum(map(len, chain.from_iterable(exchange.header_list))) > MAX_HEADER_BYTES:
        raise HeadersTooLargeError(f"The headers are longer than {MAX_HEADER_BYTES} bytes.")


async def read_body(exchange: Exchange, receive: Receive, limit: int) -> bytes:
    """Return the body of a POST, which must be JSON: no foreign page sends that without asking first (CORS).

    Empty for a GET: whatever page caused it, it only reads, and as nobody (docs/decisions/0031). `limit` is in
    bytes. Raises BodyTooLargeError, UnsupportedMediaTypeError or BadRequestError.
    """
    if exchange.method != "POST":
        return b""
    require_json(exchange.headers)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequestError("The connection was closed before the body was complete.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError(f"The body is longer than {limit} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def require_json(headers: Headers) -> None:
    """Refuse a body that isn't JSON in UTF-8; raises UnsupportedMediaTypeError."""
    encoding = headers.get(b"content-encoding", b"identity")
    if not is_json(headers.get(b"content-type", b"")) or encoding != b"identity":
        raise UnsupportedMediaTypeError("Send the request as application/json in UTF-8, not compressed.")


@lru_cache(maxsize=64)
def is_json(content_type: bytes) -> bool:
    """Return whether a Content-Type is JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    charset = next((part[8:].strip('"') for part in parameters if part.startswith("charset=")), "utf-8")
    return media == "application/json" and charset in {"utf-8", "utf8"}
