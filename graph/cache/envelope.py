"""What stands in the shared cache: content with what it takes to judge it, and a check that it is whole."""

from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from graph.cache.follower import Stamp
from graph.cache.tags import Tags

# Seconds by which the clocks of machines may differ: what was made later than that from now was made by a clock
# that has been put back since, and nobody knows how old it is.
SKEW: Final = 5.0

_CHECK: Final = 16
_LENGTH: Final = 4
# Nothing longer was ever kept.
LONGEST: Final = 1024 * 1024


class Envelope(NamedTuple):
    """Content, when it was read, what it depends on, and when it was made, on the clock of time.time."""

    content: bytes
    stamp: Stamp
    tags: Tags
    made: float


def is_fresh(made: float, now: float, seconds: float) -> bool:
    """Whether what was made at a time is so many seconds old at most, whatever clocks did meanwhile."""
    return -SKEW <= now - made < seconds


def seal(digest: bytes, envelope: Envelope) -> bytes:
    """An envelope as bytes that are good under one key only."""
    head = orjson.dumps([tuple(envelope.stamp), sorted(envelope.tags), envelope.made])
    body = len(head).to_bytes(_LENGTH, "big") + head + envelope.content
    return _check(digest, body) + body


def unseal(digest: bytes, sealed: object) -> Envelope | None:
    """The envelope in bytes that were found under a key; None where they are anything else."""
    if not isinstance(sealed, bytes) or len(sealed) > LONGEST or len(sealed) < _CHECK + _LENGTH:
        return None
    check, body = sealed[:_CHECK], sealed[_CHECK:]
    if check != _check(digest, body):
        return None
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "big")
    (cursor, epoch, day), tags, made = orjson.loads(body[_LENGTH:end])
    return Envelope(body[end:], Stamp(cursor, tuple(epoch), day), frozenset(tags), made)


def _check(digest: bytes, body: bytes) -> bytes:
    return blake2b(body, key=digest, digest_size=_CHECK).digest()
