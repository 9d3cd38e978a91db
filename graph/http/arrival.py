"""What may arrive at the endpoint: within bounds, and as JSON in UTF-8."""

from functools import lru_cache

from starlette.types import Receive

from graph.errors import (
    BadRequestError,
    BodyTooLargeError,
    UnsupportedMediaTypeError,
    UriTooLongError,
)
from graph.http.exchange import Exchange, Headers

MAX_URI_BYTES = 8 * 1024
# Bytes of a Content-Type that are looked at.
MAX_TYPE_BYTES = 256


def require_bounds(exchange: Exchange) -> None:
    """Refuse a URL that no honest client sends; raises UriTooLongError. Headers are bounded by the connection."""
    if len(exchange.path) + len(exchange.query_string) > MAX_URI_BYTES:
        raise UriTooLongError(f"The URL is longer than {MAX_URI_BYTES} bytes; send a POST.")


async def read_body(exchange: Exchange, receive: Receive, limit: int) -> bytes:
    """Return the body, which must be JSON: no foreign page sends that without asking first (CORS).

    Empty for a GET: whatever page caused it, it only reads, and as nobody (docs/decisions/0031). `limit` is in
    bytes. Raises BodyTooLargeError, UnsupportedMediaTypeError or BadRequestError.
    """
    if exchange.method == "GET":
        return b""
    require_json(exchange.headers)
    if b"expect" in exchange.headers and int(exchange.headers.get(b"content-length", 0)) > limit:
        # Who asks before sending it is told before it is sent (RFC 9110, 10.1.1).
        raise BodyTooLargeError(f"The body is longer than {limit} bytes.")
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


def require_whole(exchange: Exchange, body: bytes, limit: int) -> None:
    """Refuse a body that is here as a whole as `read_body` does."""
    require_json(exchange.headers)
    if len(body) > limit:
        raise BodyTooLargeError(f"The body is longer than {limit} bytes.")


def require_json(headers: Headers) -> None:
    """Refuse a body that isn't JSON in UTF-8, as it is; raises UnsupportedMediaTypeError."""
    if not is_json(headers.get(b"content-type", b"")[:MAX_TYPE_BYTES]):
        raise UnsupportedMediaTypeError("Content-Type must be application/json, in UTF-8.")
    codings = headers.get(b"content-encoding")
    if codings and any(coding.strip().lower() not in {b"", b"identity"} for coding in codings.split(b",")):
        raise UnsupportedMediaTypeError("Bodies are taken as they are; send yours without Content-Encoding.")


@lru_cache(maxsize=64)
def is_json(content_type: bytes) -> bool:
    """Return whether a Content-Type is JSON in UTF-8; ASCII is."""
    media, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    charset = next((part[8:].strip("\"'") for part in parameters if part.startswith("charset=")), "utf-8")
    return media == "application/json" and charset in {"utf-8", "utf8", "us-ascii", "ascii"}
