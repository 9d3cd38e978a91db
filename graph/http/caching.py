"""What an answer's headers say of caches: this server's own, and those on the way to the client (RFC 9111)."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from graph.cache.answers import Answer
from graph.cache.tags import ANY, Tags
from graph.http.exchange import Exchange
from graph.http.reply import Whole

# Whether an answer was kept, was kept beyond its time, was made now, or is never kept.
HIT: Final = "HIT"
STALE: Final = "STALE"
MISS: Final = "MISS"
BYPASS: Final = "BYPASS"

OUTCOME: Final = "x-cache"
TOLD: Final[Mapping[str, Mapping[str, str]]] = {each: {OUTCOME: each} for each in (HIT, STALE, MISS, BYPASS)}

# Where CDNs look for what they may be told to forget (Fastly, Varnish), and the most bytes that are said there.
SURROGATE: Final = "surrogate-key"
MAX_SURROGATE: Final = 4096


def reply_with(answer: Answer, exchange: Exchange, outcome: str, *, tells_tags: bool) -> Whole:
    """The reply with an answer that may be kept: for how long, and by what it is told apart from others.

    What answers a POST isn't kept on the way, and says what this server did alone. What was kept here has just
    been found right, so it is as good as made now, and has no Age (RFC 9111, 5.1). One whose time is over has its
    full Age, so that caches on the way ask again rather than keep what is about to be replaced.
    """
    if exchange.method == "POST":
        return Whole(200, answer.content, TOLD[outcome], answer.coded)
    is_anonymous = exchange.viewer.is_anonymous
    headers = headers_of(outcome, answer.max_age, answer.stale, is_anonymous)
    if outcome is STALE:
        headers = {**headers, "age": str(max(int(time.time() - answer.made), 0))}
    if tells_tags and is_anonymous:
        headers = {**headers, SURROGATE: surrogate_of(answer.tags)}
    return Whole(200, answer.content, headers, answer.coded, answer.etag)


def surrogate_of(tags: Tags) -> str:
    """Tags as a Surrogate-Key, each percent-encoded; ANY, which every change touches, where they are too long."""
    keys = " ".join(sorted(quote(tag, safe=":=") for tag in tags))
    return keys if len(keys) <= MAX_SURROGATE else ANY


@lru_cache(maxsize=64)
def headers_of(outcome: str, max_age: int, stale: int, is_anonymous: bool) -> Mapping[str, str]:  # noqa: FBT001 - a part of what is remembered
    """The headers of answers of one kind, where they may be kept on the way.

    What the anonymous are shown may be kept by everyone; who has a token asks each time whether it is right.
    """
    if not is_anonymous:
        return {OUTCOME: outcome, "cache-control": "private, no-cache"}
    meanwhile = f", stale-while-revalidate={stale}" if stale else ""
    return {OUTCOME: outcome, "cache-control": f"public, max-age={max_age}{meanwhile}"}


def is_known(exchange: Exchange, etag: str) -> bool:
    """Whether If-None-Match names this ETag (RFC 9110, 13.1.2)."""
    given = exchange.headers.get(b"if-none-match", b"")
    if not given:
        return False
    known = [each.strip().removeprefix(b"W/") for each in given.split(b",")]
    return b"*" in known or etag.encode() in known
