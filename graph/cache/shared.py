"""The cache that all processes share, a Redis or Valkey: whatever it does, a call gives an answer or none."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, Self, TypeVar

from redis.asyncio import Redis
from redis.exceptions import AskError

from graph.cache.cluster import Cluster
from graph.cache.server import PausedError, Problem, Server, in_time
from graph.telemetry.attributes import OPERATION, SYSTEM
from graph.telemetry.metrics import SHARED_CACHE
from graph.telemetry.tracing import tracing

# Servers of a Cluster that one call is sent to at most, one after the other.
SERVERS: Final = 4

Answer = TypeVar("Answer")


class SharedCache:
    """One server, or those of a Cluster: who calls needn't know which, and each fails for itself."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @classmethod
    def at(cls, url: str, clock: Callable[[], float] = time.monotonic) -> Self:
        """Return the cache of a URL; it connects when it is first asked. Raises ValueError for no URL of Redis."""
        return cls(Cluster(url, clock))

    @property
    def problem(self) -> Problem | None:
        """What is wrong with it, for /health; None while it is well."""
        return next((each.problem for each in self._cluster.servers if each.problem), None)

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections to all servers are asked something at the moment, and how many lie idle."""
        found = [each.connections for each in self._cluster.servers]
        return sum(busy for busy, _ in found), sum(idle for _, idle in found)

    @property
    def is_spread(self) -> bool:
        """Whether it is a Cluster: what is about several keys is asked for each of them, or for each hash tag."""
        return len(self._cluster.servers) > 1

    def owner_of(self, key: str) -> object:
        """What stands for the server that has a key: it may be asked for others that it has at the same time."""
        return self._cluster.owner_of(key)

    async def ask(
        self, call: Callable[[Redis], Awaitable[Answer]], key: str = "", does: str = "call"
    ) -> Answer | None:
        """Return what a call gives; None where it fails for any reason, takes too long, or isn't tried.

        It is about one key, or several with one hash tag. A Cluster sends it on where another server has that; the
        call is then made again. `does` is its command, for traces.
        """
        return await self._send(partial(Server.run, call=call), key, does)

    async def get(self, names: Sequence[str]) -> Sequence[Any] | None:
        """Return what each of some keys has that one server has, None for nothing; None as `ask` does."""
        return await self._send(partial(Server.get, names=names), names[0], "GET")

    async def _send(self, run: Callable[..., Awaitable[Answer]], key: str, does: str) -> Answer | None:
        if not tracing.is_on:
            return await self._try_to_send(run, key)
        began = time.perf_counter()
        answer = await self._try_to_send(run, key)
        tracing.tell_call(does, time.perf_counter() - began, {SYSTEM: "redis", OPERATION: does})
        return answer

    async def _try_to_send(self, run: Callable[..., Awaitable[Answer]], key: str) -> Answer | None:
        server, until, is_asking = self._cluster.owner_of(key), in_time(), False
        for _ in range(SERVERS):
            try:
                answer = await run(server, until=until, is_asking=is_asking)
            except AskError as error:
                server, is_asking = self._cluster.sent_on(server, error)
            except PausedError:
                self._cluster.look_up_after_failure()
                SHARED_CACHE["skipped"].inc()
                return None
            except Exception:  # noqa: BLE001 - drivers, event loops and servers fail in many ways
                self._cluster.look_up_after_failure()
                break
            else:
                SHARED_CACHE["answered"].inc()
                return answer
        SHARED_CACHE["failed"].inc()
        return None

    async def check(self) -> Problem | None:
        """Ask whether it is there and has room, paused or not; return what is wrong with it, or None."""
        self._cluster.look_up()
        await asyncio.gather(*(each.check() for each in self._cluster.servers))
        return self.problem

    async def aclose(self) -> None:
        """Close its connections."""
        await self._cluster.aclose()
