"""A bucket of cost for each client: an operation reserves what it may cost, and gets back what it didn't."""

import ipaddress
import math
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from cachetools import LRUCache

from graph.errors import ThrottledError
from graph.http.exchange import Exchange

# Clients whose buckets are kept; the one that has asked for nothing for longest is forgotten first.
CLIENTS = 50_000
# What an operation must have reserved for its answer to be weighed; for less it isn't worth the time.
REFUNDED = 100


class Throttle:
    """The buckets of this process: `size` units of cost each, filled up by `restore` units a second."""

    def __init__(self, size: float, restore: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._restore = restore
        self._clock = clock
        # What was left in each client's bucket, and when.
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(CLIENTS)

    def reserve(self, client: str, cost: float) -> float:
        """Take an operation's cost out of a client's bucket and return what was taken.

        What costs more than a whole bucket takes a whole bucket. Raises ThrottledError where it isn't there.
        """
        now = self._clock()
        taken = min(cost, self._size)
        left = self._left(client, now)
        if left < taken:
            wait = math.ceil((taken - left) / self._restore)
            raise ThrottledError(f"Rate limit reached; retry after {wait} s.", wait, self.headers(client))
        self._buckets[client] = (left - taken, now)
        return taken

    def refund(self, client: str, cost: float) -> None:
        """Give back what an operation had reserved and didn't cost."""
        now = self._clock()
        self._buckets[client] = (min(self._left(client, now) + cost, self._size), now)

    def status(self, client: str) -> Mapping[str, float]:
        """Return a client's bucket as `extensions.cost.throttleStatus` tells it."""
        return {
            "maximumAvailable": self._size,
            "currentlyAvailable": math.floor(self._left(client, self._clock())),
            "restoreRate": self._restore,
        }

    def headers(self, client: str) -> Mapping[str, str]:
        """Return a client's bucket as HTTP headers: its size, what is left, and the seconds until it is full."""
        left = self._left(client, self._clock())
        return {
            "ratelimit-limit": f"{self._size:.0f}",
            "ratelimit-remaining": f"{math.floor(left)}",
            "ratelimit-reset": f"{math.ceil((self._size - left) / self._restore)}",
        }

    def _left(self, client: str, now: float) -> float:
        found = self._buckets.get(client)
        return self._size if found is None else min(found[0] + (now - found[1]) * self._restore, self._size)


class Charge(NamedTuple):
    """What an operation has reserved of its client's bucket; what is abandoned half-way has cost all of it."""

    throttle: Throttle
    client: str
    reserved: float

    def settle(self, actual: float) -> None:
        """Give back what the operation didn't cost."""
        self.throttle.refund(self.client, self.reserved - min(actual, self.reserved))

    def status(self) -> Mapping[str, float]:
        """Return the client's bucket as it is now."""
        return self.throttle.status(self.client)


def charge_client(throttle: Throttle | None, exchange: Exchange, cost: float) -> Charge | None:
    """Reserve an operation's cost; None where nothing is throttled, or a token says who asks.

    Raises ThrottledError.
    """
    if throttle is None or not exchange.viewer.is_anonymous:
        return None
    client = client_of(exchange.client[0] if exchange.client else "")
    return Charge(throttle, client, throttle.reserve(client, cost))


def client_of(address: str) -> str:
    """Return whose bucket an address has: its own, or its network's where one client has many (IPv6)."""
    address = address.removeprefix("::ffff:")
    if ":" not in address:
        return f"address:{address}"
    try:
        # Whoever has one address of a /64 has all of them.
        network = ipaddress.ip_network((address.partition("%")[0], 64), strict=False)
    except ValueError:
        return f"address:{address}"
    return f"address:{network}"
