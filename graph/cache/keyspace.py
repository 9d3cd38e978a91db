"""What stands in the shared cache, by kinds: counted and removed piece by piece, so that it goes on serving."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from redis import ConnectionPool, Redis
from redis.exceptions import ResponseError

from graph.cache.keys import PREFIX
from graph.cache.slots import owners_in

# What is kept of answers; all else (registered documents, buckets of clients) stands nowhere else.
KINDS: Final = ("answer", "rows")

# Keys that one command is about.
PIECE: Final = 500


class Amount(NamedTuple):
    """Keys of a kind, and the bytes that they take in the server's memory."""

    keys: int
    bytes: int


def servers(redis: Redis) -> Iterator[Redis]:
    """Each server that has some of the keys: the primaries of a Cluster, else the one there is.

    Raises RedisError.
    """
    try:
        reply = redis.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]  # the driver's
    except ResponseError:
        # Without a Cluster there is no such command, or nobody may ask.
        yield redis
        return
    pool = redis.connection_pool
    given = pool.connection_kwargs
    for host, port in sorted({address for _, _, address in owners_in(reply, given["host"])}):
        each = ConnectionPool(pool.connection_class, **{**given, "host": host, "port": port})
        with Redis.from_pool(each) as found:
            yield found


def amounts(redis: Redis) -> dict[str, Amount]:
    """What there is of this server's, by its kind. Raises RedisError."""
    found: dict[str, Amount] = {}
    for server in servers(redis):
        for names in pieces(server, f"{PREFIX}*"):
            pipeline = server.pipeline(transaction=False)
            for name in names:
                pipeline.memory_usage(name)
            # One that has moved meanwhile is counted where it is now, if at all.
            for name, size in zip(names, pipeline.execute(raise_on_error=False), strict=True):
                kind = name.decode(errors="replace").split(":")[1]
                keys, taken = found.get(kind, Amount(0, 0))
                # One that has ended meanwhile takes nothing.
                is_there = isinstance(size, int)
                found[kind] = Amount(keys + is_there, taken + (size if is_there else 0))
    return found


def remove(redis: Redis, kinds: Iterable[str] = KINDS) -> int:
    """Remove what there is of some kinds; return how many keys that were. Raises RedisError."""
    return sum(
        unlinked(server, names)
        for server in servers(redis)
        for kind in kinds
        for names in pieces(server, f"{PREFIX}{kind}:*")
    )


def unlinked(redis: Redis, names: Iterable[bytes]) -> int:
    """Remove some keys, each by itself since a Cluster takes no others together; return how many there were."""
    pipeline = redis.pipeline(transaction=False)
    for name in names:
        pipeline.unlink(name)
    # One that has moved meanwhile stays, and is as right as before.
    return sum(each for each in pipeline.execute(raise_on_error=False) if isinstance(each, int))


def pieces(redis: Redis, pattern: str) -> Iterator[list[bytes]]:
    """The names of keys, some at a time."""
    names = redis.scan_iter(pattern, count=PIECE)
    while piece := list(islice(names, PIECE)):
        yield piece
