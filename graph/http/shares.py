"""The buckets of several processes kept together: each tells the shared cache now and then what it took."""

import asyncio
import hashlib
from functools import partial
from itertools import islice
from typing import Any, NoReturn

from redis.asyncio import Redis

from graph.cache.shared import SharedCache
from graph.http.throttle import Throttle

# Seconds between two accounts: a client of several processes can spend more than its share for this long.
INTERVAL = 0.25
# Clients in one call, some 5 us of the cache's time each, and calls in one account.
CLIENTS = 500
CALLS = 8

PREFIX = "ariesone:bucket:"

# For each key: what was taken, the size and what comes back each second; returns what is left. A bucket that has
# been full for a while is as good as unknown.
SCRIPT = """
local moment = redis.call('TIME')
local now = moment[1] + moment[2] / 1000000
local found = {}
for number, key in ipairs(KEYS) do
  local taken = tonumber(ARGV[3 * number - 2])
  local size = tonumber(ARGV[3 * number - 1])
  local restore = tonumber(ARGV[3 * number])
  local kept = redis.call('HMGET', key, 'left', 'at')
  local left = (tonumber(kept[1]) or size) + math.max(now - (tonumber(kept[2]) or now), 0) * restore
  left = math.max(math.min(math.min(left, size) - taken, size), -size)
  redis.call('HSET', key, 'left', left, 'at', now)
  redis.call('EXPIRE', key, math.ceil((size - left) / restore) + 10)
  found[number] = math.floor(left)
end
return found
"""


class Shares:
    """Keeps a process's buckets in step with those of the others; without the cache each has its own."""

    def __init__(self, throttle: Throttle, cache: SharedCache) -> None:
        self._throttle = throttle
        self._cache = cache

    async def watch(self) -> NoReturn:
        """Give account until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            await self.account()

    async def account(self) -> None:
        """Tell what was taken since the last time, and learn what is left by all accounts."""
        waiting = list(islice(self._throttle.changed, CLIENTS * CALLS))
        for start in range(0, len(waiting), CLIENTS):
            told = self._throttle.tell(waiting[start : start + CLIENTS])
            given = [str(each) for bucket in told.values() for each in (bucket.untold, *bucket.rate)]
            for bucket in told.values():
                # Where the cache is away others never hear of it: by when it is back, buckets have filled up.
                bucket.untold = 0.0
            left = await self._cache.ask(partial(call, list(map(key_of, told)), given))
            for bucket, found in zip(told.values(), numbers_in(left, len(told)), strict=False):
                self._throttle.learn(bucket, found)


async def call(keys: list[str], given: list[str], redis: Redis) -> Any:  # noqa: ANN401 - a cache may answer anything
    """Return the cache's account of the buckets of some keys."""
    return await redis.eval(SCRIPT, len(keys), *keys, *given)


def key_of(client: str) -> str:
    """Return where a client's bucket is kept: neither its address nor its subject can be read from it."""
    return PREFIX + hashlib.sha256(client.encode(errors="replace")).hexdigest()


def numbers_in(found: Any, count: int) -> list[int]:  # noqa: ANN401 - a cache may answer anything
    """Return an answer of the cache, or nothing where it isn't as many whole numbers."""
    is_right = isinstance(found, list) and len(found) == count and all(type(each) is int for each in found)
    return found if is_right else []
