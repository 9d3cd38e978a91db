"""What pays for a request: an operation reserves in a bucket what it may cost, and gets back the rest."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from graphql import GRAPHQL_MAX_INT

from graph.context import Spending
from graph.errors import ThrottledError
from graph.execution.cost import Work
from graph.http.bucket import Bucket
from graph.http.till import Till
from graph.telemetry.metrics import THROTTLED

# What an operation must have reserved for its answer to be weighed; for less it isn't worth the time.
REFUNDED: Final = 100

# What most requests ask for; looking a member up in its class takes longer than all else here.
READ: Final = Work.READ


class Account:
    """The buckets of one request's client, by the work that they pay for, and the one that pays at the moment."""

    __slots__ = ("_buckets", "_paying", "_told", "_work", "till")

    def __init__(self, till: Till, buckets: Sequence[Bucket]) -> None:
        self.till = till
        self._buckets = buckets
        self._work = READ
        self._paying = buckets[0]
        # The one that the answer tells of.
        self._told: Bucket | None = None

    def turn_to(self, work: Work) -> None:
        """Have an operation paid from the bucket for its work."""
        if work is not self._work:
            self._work = work
            self._paying = self._buckets[work]

    def require(self) -> None:
        """Raise ThrottledError for who has nothing left: not even what can't be run is looked at then.

        What is asked for isn't known yet, so something in one of the buckets is enough.
        """
        # What comes back with time only adds to what was left when it was looked at last.
        if self._paying.left > 0:
            return
        if all(self.till.left(each) <= 0 for each in self._buckets):
            raise self._refuse(self._paying, 1)

    async def reserve(self, cost: float, reading: float) -> "Charge":
        """Take an operation's cost out of its bucket.

        What costs more than a whole bucket takes a whole bucket. Where it isn't there, its client pays for the
        `reading` alone. Raises ThrottledError.
        """
        bucket = self._paying
        taken = min(cost, bucket.rate.size)
        is_taken = await self.till.try_take(bucket, taken)
        self._tell_of(bucket)
        if not is_taken:
            self.pay(reading)
            raise self._refuse(bucket, taken)
        return Charge(self.till, bucket, taken)

    def try_reserve(self, cost: float) -> "Charge | None":
        """Do the same, if it is there and nobody has to be asked; None if it isn't so."""
        bucket = self._paying
        size = bucket.rate.size
        taken = min(size, cost)
        if not self.till.try_take_at_once(bucket, taken):
            return None
        self._tell_of(bucket)
        return Charge(self.till, bucket, taken)

    def pay(self, cost: float) -> None:
        """Take what a refused request has cost already, whether it is there or not.

        Who has nothing left for one kind of work pays from a bucket for another: otherwise whoever never writes
        would be read for nothing.
        """
        left = [each for each in (self._paying, *self._buckets) if self.till.left(each) > 0]
        bucket = left[0] if left else self._paying
        self.till.take(bucket, cost)
        self._tell_of(bucket)

    def status(self) -> Mapping[str, float]:
        """The bucket that pays as `extensions.cost.throttleStatus` tells it."""
        bucket = self._paying
        return {
            "maximumAvailable": bucket.rate.size,
            "currentlyAvailable": max(math.floor(self.till.left(bucket)), 0),
            "restoreRate": bucket.rate.restore,
        }

    def spending(self, cost: float) -> Spending:
        """What an operation costs, and the bucket that pays."""
        bucket = self._paying
        left = self.till.left(bucket)
        missing = (bucket.rate.size - left) / bucket.rate.restore
        return Spending(
            cost=round(cost, 1),
            limit=min(round(bucket.rate.size), GRAPHQL_MAX_INT),
            remaining=min(max(math.floor(left), 0), GRAPHQL_MAX_INT),
            reset_at=datetime.now(UTC) + timedelta(seconds=math.ceil(missing)),
        )

    def headers(self) -> Mapping[str, str]:
        """The bucket that paid as HTTP headers: its size, what is left, and the seconds until it is full.

        Of several, the one of which the smallest part is left.
        """
        bucket = self._told
        if bucket is None:
            bucket = self._paying
            if bucket.is_full:
                return bucket.full_told
            self.till.left(bucket)
        size, restore = bucket.rate
        left = bucket.left
        return {
            "ratelimit-limit": bucket.size_told,
            "ratelimit-remaining": str(int(left)) if left > 0 else "0",
            "ratelimit-reset": str(math.ceil((size - left) / restore)),
        }

    def _tell_of(self, bucket: Bucket) -> None:
        told = self._told
        if told is None or (told is not bucket and bucket.share < told.share):
            self._told = bucket

    def _refuse(self, bucket: Bucket, needed: float) -> ThrottledError:
        """Count a refusal; return its error."""
        THROTTLED[self._work.name.lower()].inc()
        wait = max(math.ceil((needed - self.till.left(bucket)) / bucket.rate.restore), 1)
        return ThrottledError(f"Rate limit reached; retry after {wait} s.", wait)


class Charge(NamedTuple):
    """What an operation has reserved of its client's bucket; what is abandoned half-way has cost all of it."""

    till: Till
    bucket: Bucket
    reserved: float

    @property
    def matters(self) -> bool:
        """Whether giving back what the operation didn't cost is worth weighing its answer, some 2 us a row.

        While more than half of the bucket is left, nobody is refused for what was reserved.
        """
        return self.reserved > REFUNDED and self.till.left(self.bucket) < self.bucket.rate.size / 2

    def settle(self, actual: float) -> None:
        """Give back what the operation didn't cost."""
        self.till.take(self.bucket, min(actual, self.reserved) - self.reserved)
