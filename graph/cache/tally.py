"""What each process that serves says of itself in the shared cache: what its cache did, and what it keeps."""

import asyncio
from collections.abc import Iterator
from os import getpid
from typing import Final, NoReturn
from uuid import uuid4

import orjson
from redis import Redis

from graph.cache.answers import Answers
from graph.cache.follower import Follower
from graph.cache.keys import PREFIX
from graph.cache.keyspace import pieces, servers
from graph.cache.shared import SharedCache
from graph.telemetry.metrics import cached_here

# Seconds between two tallies of a process, and after which one counts as gone that says nothing more.
INTERVAL: Final = 2.0
LIFETIME: Final = 10

KIND: Final = "process"

Tally = dict[str, int]


class Teller:
    """Tells what a process did since it started, what it has in its memory, and whether it reads the log."""

    def __init__(self, answers: Answers, follower: Follower, cache: SharedCache) -> None:
        self._answers = answers
        self._follower = follower
        self._cache = cache
        self._name = f"{PREFIX}{KIND}:{uuid4().hex}"

    async def watch(self) -> NoReturn:
        """Tell it until cancelled."""
        while True:
            await self.tell()
            await asyncio.sleep(INTERVAL)

    async def tell(self) -> None:
        """Tell it once."""
        kept = {"pid": getpid(), "entries": len(self._answers), "bytes": self._answers.bytes}
        silence = {"silence": round(self._follower.silence * 1000)}
        content = orjson.dumps({**kept, **silence, **cached_here()})
        await self._cache.ask(lambda redis: redis.set(self._name, content, ex=LIFETIME), self._name, "SET")


def tallies(redis: Redis) -> Iterator[Tally]:
    """What the processes say that serve: `pid`, `entries`, `bytes`, and what each has counted (`cached_here`).

    `silence` is how many milliseconds ago it read the log of changes. Raises RedisError.
    """
    for server in servers(redis):
        for names in pieces(server, f"{PREFIX}{KIND}:*"):
            pipeline = server.pipeline(transaction=False)
            for name in names:
                pipeline.get(name)
            # One that has moved, or ended meanwhile, says nothing.
            found = pipeline.execute(raise_on_error=False)
            yield from (orjson.loads(each) for each in found if isinstance(each, bytes))
