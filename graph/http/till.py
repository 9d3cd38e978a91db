"""Takes cost out of buckets: small change at once, and told to other processes soon; the rest is asked for."""

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, NoReturn

from graph.http.bucket import Bucket, Rate
from graph.http.ledger import Balance, Entry, Ledger

# Seconds between two accounts of what was taken.
INTERVAL: Final = 0.1
# Buckets in one account, some 5 us of the shared cache's time each, and accounts at a time.
BUCKETS: Final = 500
ACCOUNTS: Final = 8
# Seconds for which a bucket that was found too empty isn't asked about again.
FRESH: Final = 0.05


class Till:
    """What one process takes; with a ledger for all processes together, without one for itself.

    A process takes no more than a hundredth of a bucket (CREDIT) before that is in the ledger, so all of them
    never spend more than the bucket, what came back, and a hundredth of it for each. While the ledger can't be
    asked, each goes by what it knows.
    """

    def __init__(self, ledger: Ledger | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self.clock = clock
        # Those of which something isn't told yet.
        self._changed: set[Bucket] = set()

    def bucket(self, name: str, rate: Rate) -> Bucket:
        """A bucket that this process knows nothing of yet, and so takes for full."""
        return Bucket(name, rate, self.clock(), is_shared=self._ledger is not None)

    def left(self, bucket: Bucket) -> float:
        """What is left in a bucket."""
        return bucket.fill(self.clock())

    def try_take_at_once(self, bucket: Bucket, cost: float) -> bool:
        """Take a cost out of a bucket where that needs no asking."""
        if not bucket.try_take(cost, self.clock()):
            return False
        if self._ledger is not None:
            self._changed.add(bucket)
        return True

    async def try_take(self, bucket: Bucket, cost: float) -> bool:
        """Take a cost out of a bucket, asking first where it is much; return False where it isn't there."""
        while True:
            if self.try_take_at_once(bucket, cost):
                return True
            if self._ledger is None or self._is_known_to_lack(bucket, cost):
                return False
            if bucket.asking is None:
                break
            await bucket.asking.wait()
            if not bucket.was_told:
                # Nobody waits for a second question that may fail like the first.
                return self._try_take_known(bucket, cost)
        balance = await self._ask(self._ledger, bucket, cost)
        return self._try_take_known(bucket, cost) if balance is None else balance.is_taken

    def take(self, bucket: Bucket, cost: float) -> None:
        """Take a cost out of a bucket whether it is there or not, or put it back where it is below 0."""
        bucket.take(cost)
        if self._ledger is not None:
            self._changed.add(bucket)

    async def watch(self) -> NoReturn:
        """Give account until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            await self.tell()

    async def tell(self) -> None:
        """Tell what was taken since the last time, and learn what is left by all accounts."""
        if self._ledger is None:
            return
        waiting = [each for each in islice(self._changed, BUCKETS * ACCOUNTS) if each.asking is None]
        self._changed.difference_update(waiting)
        for start in range(0, len(waiting), BUCKETS):
            # Meanwhile a request may have asked about some of them.
            told = [each for each in waiting[start : start + BUCKETS] if each.asking is None]
            await self._book(self._ledger, [(each, 0.0) for each in told])

    async def _ask(self, ledger: Ledger, bucket: Bucket, cost: float) -> Balance | None:
        """Take a cost out of a bucket in the ledger; None where that can't be asked."""
        [balance] = await self._book(ledger, [(bucket, cost)])
        return balance

    async def _book(self, ledger: Ledger, asked: Sequence[tuple[Bucket, float]]) -> Sequence[Balance | None]:
        """Book what isn't told yet of buckets, and what is wanted of each."""
        entries = [Entry(each.key, each.begin_asking(), wanted, each.rate) for each, wanted in asked]
        found: Sequence[Balance | None] = [None] * len(asked)
        try:
            found = await ledger.book(entries)
        finally:
            now = self.clock()
            for (bucket, _), balance in zip(asked, found, strict=True):
                bucket.end_asking(None if balance is None else balance.left, now)
        return found

    def _try_take_known(self, bucket: Bucket, cost: float) -> bool:
        """Take a cost by what this process knows, where others can't be asked."""
        if bucket.left < cost:
            return False
        self.take(bucket, cost)
        return True

    def _is_known_to_lack(self, bucket: Bucket, cost: float) -> bool:
        return bucket.left < cost and self.clock() - bucket.told_at < FRESH
