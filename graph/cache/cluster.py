"""The servers that share the keys among them: one that has all, or those of a Cluster, which move keys about."""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, ResponseError

from graph.cache.server import DEADLINE, Server, in_time
from graph.cache.slots import NO_CLUSTER, SLOTS, Address, owners_in

# Connections of one process to each server for keys that are read, and for all else; more calls than these wait
# within their deadline.
CONNECTIONS: Final = 32
# Servers of a Cluster that are known at a time; no Cluster has more.
MOST: Final = 1000
# Seconds between two times that the servers are asked who has which keys.
INTERVAL: Final = 0.5


class Cluster:
    """Knows which server has a key, as far as they have told.

    A server that sends a call elsewhere is what says that there is a Cluster. Who has what is then looked up by
    the side of what else goes on: no call waits for that.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._options = options_of(url)
        self._clock = clock
        # The one that the URL names: the way in, and the only one without a Cluster.
        self._first = self._way_in()
        self._others: dict[Address, Server] = {}
        self._owners = [self._first] * SLOTS
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = float("-inf")

    @property
    def servers(self) -> tuple[Server, ...]:
        """All that are asked."""
        return tuple(self._others.values()) or (self._first,)

    def owner_of(self, key: str) -> Server:
        """The server that has a key, for all that is known."""
        return self._owners[key_slot(key.encode())] if self._others else self._first

    def sent_on(self, server: Server, error: AskError) -> tuple[Server, bool]:
        """The server that another one has named, and whether it only takes a call that says ASKING so far."""
        found = self._at((error.host or server.host, error.port))
        if not isinstance(error, MovedError):
            return found, True
        if 0 <= error.slot_id < SLOTS:
            self._owners[error.slot_id] = found
        self.look_up()
        return found, False

    def look_up_after_failure(self) -> None:
        """Look up who has what, where another one may have taken the place of one that failed."""
        if self._others:
            self.look_up()

    def look_up(self) -> None:
        """Ask who has what, soon."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look_up())

    async def aclose(self) -> None:
        """Close all connections."""
        if self._looking is not None:
            self._looking.cancel()
        await asyncio.gather(*(each.aclose() for each in (self._first, *self._others.values())))

    async def _look_up(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._looked_at + INTERVAL - loop.time())
        self._looked_at = loop.time()
        for server in self._in_any_order():
            with suppress(Exception):
                await self._take(server, await server.run(slots, in_time()))
                return

    def _in_any_order(self) -> Iterator[Server]:
        """The servers, any first: one that is cut off may tell what was."""
        yield from random.sample(tuple(self._others.values()), len(self._others))
        yield self._first

    async def _take(self, server: Server, reply: object) -> None:
        """Take what a server tells: other servers than these have nothing any more."""
        if self._first.is_paused and server is not self._first:
            # Nobody asks it while there are others, so nobody would find that it is well again.
            await self._first.aclose()
            self._first = self._way_in()
        owners = [self._first] * SLOTS
        named = set()
        for first, last, address in owners_in(reply, server.host):
            named.add(address)
            owners[first : last + 1] = [self._at(address)] * (last + 1 - first)
        self._owners = owners
        left = [self._others.pop(address) for address in self._others.keys() - named]
        await asyncio.gather(*(each.aclose() for each in left))

    def _way_in(self) -> Server:
        return Server("REDIS_URL", "the shared cache", self._pool(), self._clock)

    def _at(self, address: Address) -> Server:
        found = self._others.get(address)
        if found is None and len(self._others) < MOST:
            host, port = address
            pool = self._pool(host=host, port=port)
            found = Server(f"{host}:{port}", "a server of the shared cache", pool, self._clock)
            self._others[address] = found
        return found or self._first

    def _pool(self, **place: Any) -> BlockingConnectionPool:  # noqa: ANN401 - a host and a port
        return BlockingConnectionPool(**(self._options | place))


def options_of(url: str) -> dict[str, Any]:
    """What a URL says of connections, the same for all servers; raises ValueError."""
    # RESP2 needs no greeting, and the driver then sees that an idle connection was closed. The deadline of a call
    # is the only one, and what has failed is not tried again within it.
    ours = {
        "max_connections": CONNECTIONS,
        "timeout": DEADLINE,
        "protocol": 2,
        "driver_info": None,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": None,
        "socket_connect_timeout": None,
    }
    return ours | cast("dict[str, Any]", parse_url(url))


async def slots(redis: Redis) -> Any:  # noqa: ANN401 - whatever it says
    """Ask a server who has what: nobody but it has anything, where it knows of no others."""
    try:
        return await redis.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]  # the driver's
    except ResponseError as error:
        if NO_CLUSTER not in str(error):
            raise
        return ()
