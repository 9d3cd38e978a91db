"""A bucket of cost for each client: an operation reserves what it may cost, and gets back what it didn't."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from graph.errors import ThrottledError
from graph.identity.viewer import Viewer

# Clients whose buckets are kept; the one that has asked for nothing for longest is forgotten first.
CLIENTS = 50_000
# What an operation must have reserved for its answer to be weighed; for less it isn't worth the time.
REFUNDED = 100


class Rate(NamedTuple):
    """How much a bucket holds, in units of cost, and how many it gets back each second."""

    size: float
    restore: float


@dataclass(slots=True)
class Bucket:
    """What was left in a client's bucket, and when; less than nothing where refused requests cost more."""

    rate: Rate
    left: float
    at: float
    # What this process took out that others haven't been told of.
    untold: float = 0.0


class Throttle:
    """The buckets of this process, by client; `rates` are those of the anonymous and of holders of tokens.

    Where one is None, those clients may spend any cost.
    """

    def __init__(
        self, anonymous: Rate | None, known: Rate | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._anonymous = anonymous
        self._known = known
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        # Clients whose buckets have changed since others were told.
        self.changed: set[str] = set()

    def account_of(self, viewer: Viewer, address: str) -> "Account | None":
        """Return from which bucket a request is paid; None where nothing bounds what its client spends."""
        if viewer.is_anonymous:
            rate = self._anonymous
            client = client_of(address)
        else:
            rate = self._known
            client = f"viewer:{viewer.issuer}\n{viewer.subject}"
        return None if rate is None else Account(self, client, rate)

    def left(self, client: str, rate: Rate) -> float:
        """Return what is left in a client's bucket."""
        found = self._buckets.get(client)
        return rate.size if found is None else self._fill(found).left

    def try_take(self, client: str, rate: Rate, cost: float) -> bool:
        """Take a cost out of a client's bucket; return False where it isn't there."""
        bucket = self._bucket(client, rate)
        if bucket.left < cost:
            return False
        self._change(client, bucket, cost)
        return True

    def take(self, client: str, rate: Rate, cost: float) -> None:
        """Take a cost out of a client's bucket, or put it back where it is below 0; debts end at one bucket."""
        self._change(client, self._bucket(client, rate), cost)

    def tell(self, clients: Sequence[str]) -> Mapping[str, Bucket]:
        """Return the buckets of clients that have changed, as they are; their changes count as told."""
        self.changed.difference_update(clients)
        return {client: self._buckets[client] for client in clients if client in self._buckets}

    def learn(self, bucket: Bucket, left: float) -> None:
        """Note what is left in a bucket by all processes' account, besides what was taken since it was told."""
        bucket.at = self._clock()
        bucket.left = max(min(left - bucket.untold, bucket.rate.size), -bucket.rate.size)

    def _bucket(self, client: str, rate: Rate) -> Bucket:
        """Return a client's bucket as it is now, a new one where it has none."""
        found = self._buckets.get(client)
        if found is not None:
            self._buckets.move_to_end(client)
            return self._fill(found)
        found = self._buckets[client] = Bucket(rate, rate.size, self._clock())
        if len(self._buckets) > CLIENTS:
            self.changed.discard(self._buckets.popitem(last=False)[0])
        return found

    def _change(self, client: str, bucket: Bucket, cost: float) -> None:
        bucket.left = max(min(bucket.left - cost, bucket.rate.size), -bucket.rate.size)
        bucket.untold += cost
        self.changed.add(client)

    def _fill(self, bucket: Bucket) -> Bucket:
        now = self._clock()
        bucket.left = min(bucket.left + (now - bucket.at) * bucket.rate.restore, bucket.rate.size)
        bucket.at = now
        return bucket


class Account(NamedTuple):
    """One client's bucket, for one request."""

    throttle: Throttle
    client: str
    rate: Rate

    def require(self) -> None:
        """Raise ThrottledError for who has nothing left: not even what can't be run is looked at then."""
        if self.throttle.left(self.client, self.rate) <= 0:
            raise self._error(1)

    def reserve(self, cost: float) -> "Charge":
        """Take an operation's cost out of the bucket.

        What costs more than a whole bucket takes a whole bucket. Raises ThrottledError where it isn't there.
        """
        taken = min(cost, self.rate.size)
        if not self.throttle.try_take(self.client, self.rate, taken):
            raise self._error(taken)
        return Charge(self, taken)

    def pay(self, cost: float) -> None:
        """Take what a refused request has cost already, whether it is there or not."""
        self.throttle.take(self.client, self.rate, cost)

    def status(self) -> Mapping[str, float]:
        """Return the bucket as `extensions.cost.throttleStatus` tells it."""
        return {
            "maximumAvailable": self.rate.size,
            "currentlyAvailable": max(math.floor(self.throttle.left(self.client, self.rate)), 0),
            "restoreRate": self.rate.restore,
        }

    def headers(self) -> Mapping[str, str]:
        """Return the bucket as HTTP headers: its size, what is left, and the seconds until it is full."""
        left = self.throttle.left(self.client, self.rate)
        missing = math.ceil((self.rate.size - left) / self.rate.restore)
        return headers_of(self.rate.size, max(math.floor(left), 0), missing)

    def _error(self, needed: float) -> ThrottledError:
        left = self.throttle.left(self.client, self.rate)
        wait = max(math.ceil((needed - left) / self.rate.restore), 1)
        return ThrottledError(f"Rate limit reached; retry after {wait} s.", wait)


class Charge(NamedTuple):
    """What an operation has reserved of its client's bucket; what is abandoned half-way has cost all of it."""

    account: Account
    reserved: float

    @property
    def matters(self) -> bool:
        """Whether giving back what the operation didn't cost is worth weighing its answer, some 2 us a row.

        While more than half of the bucket is left, nobody is refused for what was reserved.
        """
        account = self.account
        return (
            self.reserved > REFUNDED
            and account.throttle.left(account.client, account.rate) < account.rate.size / 2
        )

    def settle(self, actual: float) -> None:
        """Give back what the operation didn't cost."""
        account = self.account
        account.throttle.take(account.client, account.rate, min(actual, self.reserved) - self.reserved)

    def status(self) -> Mapping[str, float]:
        """Return the client's bucket as it is now."""
        return self.account.status()


@lru_cache(maxsize=1024)
def headers_of(size: float, left: int, missing: int) -> Mapping[str, str]:
    """Return the headers that tell of a bucket; most answers find theirs made."""
    return {
        "ratelimit-limit": f"{size:.0f}",
        "ratelimit-remaining": f"{left}",
        "ratelimit-reset": f"{missing}",
    }


@lru_cache(maxsize=4096)
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
