"""What an answer's headers say of caches: this server's own, and those on the way to the client (RFC 9111)."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from graph.cache.answers import Answer
from graph.http.exchange import Exchange
from graph.http.reply import Whole

# Whether an answer was kept, was made now, or is never kept.
HIT: Final = "HIT"
MISS: Final = "MISS"
BYPASS: Final = "BYPASS"

OUTCOME: Final = "x-cache"


def with_cache_headers(reply: Whole, exchange: Exchange, answer: Answer, outcome: str) -> Whole:
    """The reply with an answer that may be kept: for how long, and by what it is told apart from others.

    Only what answers a GET is kept on the way; a POST says what this server did. No answer has an Age: what was kept
    here has just been found right, so it is as good as made now (RFC 9111, 5.1).
    """
    headers = headers_of(outcome, answer.max_age, exchange.viewer.is_anonymous, exchange.method == "GET")
    if exchange.method != "GET":
        return reply.with_headers(headers)
    return reply.with_headers(headers)._replace(etag=etag_of(answer.content))


@lru_cache(maxsize=64)
def headers_of(outcome: str, max_age: int, is_anonymous: bool, is_get: bool) -> Mapping[str, str]:  # noqa: FBT001 - parts of what is remembered
    """The headers of answers of one kind.

    What the anonymous are shown may be kept by everyone; who has a token asks each time whether it is right.
    """
    if not is_get:
        return {OUTCOME: outcome}
    control = f"public, max-age={max_age}" if is_anonymous else "private, no-cache"
    return {OUTCOME: outcome, "cache-control": control}


def etag_of(content: bytes) -> str:
    """What tells this content from any other."""
    return blake2b(content, digest_size=12).hexdigest()


def is_known(exchange: Exchange, etag: str) -> bool:
    """Whether the client has what an ETag stands for (RFC 9110, 13.1.2)."""
    given = exchange.headers.get(b"if-none-match", b"")
    if not given:
        return False
    known = [each.strip().removeprefix(b"W/") for each in given.split(b",")]
    return b"*" in known or etag.encode() in known
