"""What an answer's headers say of caches: this server's own, and those on the way to the client (RFC 9111)."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from graph.cache.answers import Answer
from graph.cache.tags import ANY, Tags
from graph.http.exchange import Exchange
from graph.http.reply import Whole

# Whether an answer was kept, was made now, or is never kept.
HIT: Final = "HIT"
MISS: Final = "MISS"
BYPASS: Final = "BYPASS"

OUTCOME: Final = "x-cache"

# Where CDNs look for what they may be told to forget (Fastly, Varnish), and the most bytes that are said there.
SURROGATE: Final = "surrogate-key"
MAX_SURROGATE: Final = 4096


def with_cache_headers(
    reply: Whole, exchange: Exchange, answer: Answer, outcome: str, *, tells_tags: bool
) -> Whole:
    """The reply with an answer that may be kept: for how long, and by what it is told apart from others.

    What answers a POST isn't kept on the way, and says what this server did alone. No answer has an Age: what was
    kept here has just been found right, so it is as good as made now (RFC 9111, 5.1).
    """
    is_safe = exchange.method != "POST"
    is_anonymous = exchange.viewer.is_anonymous
    reply = reply.with_headers(headers_of(outcome, answer.max_age, is_anonymous, is_safe))
    if not is_safe:
        return reply
    if tells_tags and is_anonymous:
        reply = reply.with_headers({SURROGATE: surrogate_of(answer.tags)})
    return reply._replace(etag=etag_of(answer.content))


def surrogate_of(tags: Tags) -> str:
    """Tags as a Surrogate-Key, each percent-encoded; ANY, which every change touches, where they are too long."""
    keys = " ".join(sorted(quote(tag, safe=":=") for tag in tags))
    return keys if len(keys) <= MAX_SURROGATE else ANY


@lru_cache(maxsize=64)
def headers_of(outcome: str, max_age: int, is_anonymous: bool, is_safe: bool) -> Mapping[str, str]:  # noqa: FBT001 - parts of what is remembered
    """The headers of answers of one kind.

    What the anonymous are shown may be kept by everyone; who has a token asks each time whether it is right.
    """
    if not is_safe:
        return {OUTCOME: outcome}
    control = f"public, max-age={max_age}" if is_anonymous else "private, no-cache"
    return {OUTCOME: outcome, "cache-control": control}


def etag_of(content: bytes) -> str:
    """What tells this content from any other."""
    return blake2b(content, digest_size=12).hexdigest()


def is_known(exchange: Exchange, etag: str) -> bool:
    """Whether If-None-Match names this ETag (RFC 9110, 13.1.2)."""
    given = exchange.headers.get(b"if-none-match", b"")
    if not given:
        return False
    known = [each.strip().removeprefix(b"W/") for each in given.split(b",")]
    return b"*" in known or etag.encode() in known
