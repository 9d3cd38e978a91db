"""What stands in the shared cache, by kinds: counted and removed piece by piece, so that it goes on serving."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from redis import Redis

from graph.cache.keys import PREFIX

# What is kept of answers; all else (registered documents, buckets of clients) stands nowhere else.
KINDS: Final = ("answer", "rows")

# Keys that one command is about.
PIECE: Final = 500


class Amount(NamedTuple):
    """Keys of a kind, and the bytes that they take in the server's memory."""

    keys: int
    bytes: int


def amounts(redis: Redis) -> dict[str, Amount]:
    """What there is of this server's, by its kind. Raises RedisError."""
    found: dict[str, Amount] = {}
    for names in pieces(redis, f"{PREFIX}*"):
        pipeline = redis.pipeline(transaction=False)
        for name in names:
            pipeline.memory_usage(name)
        for name, size in zip(names, pipeline.execute(), strict=True):
            kind = name.decode(errors="replace").split(":")[1]
            keys, taken = found.get(kind, Amount(0, 0))
            # One that has ended meanwhile takes nothing.
            found[kind] = Amount(keys + (size is not None), taken + (size or 0))
    return found


def remove(redis: Redis, kinds: Iterable[str] = KINDS) -> int:
    """Remove what there is of some kinds; return how many keys that were. Raises RedisError."""
    return sum(int(redis.unlink(*names)) for kind in kinds for names in pieces(redis, f"{PREFIX}{kind}:*"))


def pieces(redis: Redis, pattern: str) -> Iterator[list[bytes]]:
    """The names of keys, some at a time."""
    names = redis.scan_iter(pattern, count=PIECE)
    while piece := list(islice(names, PIECE)):
        yield piece
