"""The buckets of all processes, in the shared cache: a script books what was taken, and says what is left."""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from graph.cache.shared import SharedCache
from graph.http.bucket import Rate, slot_of

# For each key: what was taken already, what is to be taken if it is there, the size, and what comes back each
# second. Gives what is left, in thousandths, and whether it was taken. A bucket that has been full for a while is
# as good as unknown.
SCRIPT: Final = """
local moment = redis.call('TIME')
local now = moment[1] + moment[2] / 1000000
local found = {}
for number, key in ipairs(KEYS) do
  local booked = tonumber(ARGV[4 * number - 3])
  local wanted = tonumber(ARGV[4 * number - 2])
  local size = tonumber(ARGV[4 * number - 1])
  local restore = tonumber(ARGV[4 * number])
  local kept = redis.call('HMGET', key, 'left', 'at')
  local left = (tonumber(kept[1]) or size) + math.max(now - (tonumber(kept[2]) or now), 0) * restore
  left = math.max(math.min(math.min(left, size) - booked, size), -size)
  local is_taken = left >= wanted
  if is_taken then left = left - wanted end
  redis.call('HSET', key, 'left', left, 'at', now)
  redis.call('EXPIRE', key, math.ceil((size - left) / restore) + 10)
  found[2 * number - 1] = math.floor(left * 1000)
  found[2 * number] = is_taken and 1 or 0
end
return found
"""
EVALSHA: Final = "EVALSHA"
NAME: Final = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


class Entry(NamedTuple):
    """What is booked of one bucket: what was taken of it, and what is to be taken if it is there."""

    key: str
    taken: float
    wanted: float
    rate: Rate


class Balance(NamedTuple):
    """What is left in a bucket by all accounts, and whether what was wanted is taken."""

    left: float
    is_taken: bool


class Ledger:
    """Books in the shared cache what processes take out of buckets."""

    def __init__(self, cache: SharedCache) -> None:
        self._cache = cache

    async def book(self, entries: Sequence[Entry]) -> Sequence[Balance | None]:
        """Book what was taken, and take what is wanted; a balance for each entry, None where nothing is known."""
        # A script's keys must lie in one slot of a Cluster.
        slots: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            slots.setdefault(slot_of(entry.key), []).append(number)
        calls = [arguments_of([entries[number] for number in numbers]) for numbers in slots.values()]
        answers = await self._answers(calls)
        found: list[Balance | None] = [None] * len(entries)
        for numbers, answer in zip(slots.values(), answers, strict=True):
            for number, balance in zip(numbers, balances_in(answer, len(numbers)), strict=False):
                found[number] = balance
        return found

    async def _answers(self, calls: Sequence[Sequence[object]]) -> Sequence[object]:
        """What the script gives to each of several calls; in one round trip, where one server has all buckets."""
        if not self._cache.is_spread:
            return await self._cache.ask(partial(call, calls), does=EVALSHA) or [None] * len(calls)
        found = await asyncio.gather(
            *(self._cache.ask(partial(call, [each]), str(each[1]), EVALSHA) for each in calls)
        )
        return [answers[0] if answers else None for answers in found]


def arguments_of(entries: Sequence[Entry]) -> list[object]:
    """What the script is given for entries: the number of keys, the keys, and of each what is to be booked."""
    given = chain.from_iterable((each.taken, each.wanted, *each.rate) for each in entries)
    return [len(entries), *(each.key for each in entries), *given]


async def call(calls: Sequence[Sequence[object]], redis: Redis) -> list[object]:
    """What the script gives to each of several calls, or the error that it failed with; raises it where all do."""
    answers = await send(redis, EVALSHA, NAME, calls)
    unknown = [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        # It was started anew, or another one took its place.
        again = await send(redis, "EVAL", SCRIPT, [calls[number] for number in unknown])
        for number, answer in zip(unknown, again, strict=True):
            answers[number] = answer
    failures = [answer for answer in answers if isinstance(answer, Exception)]
    if len(failures) == len(answers):
        raise failures[0]
    return answers


async def send(redis: Redis, command: str, script: str, calls: Sequence[Sequence[object]]) -> list[object]:
    """The answers to a script's calls, in one round trip."""
    if len(calls) == 1:
        # A pipeline takes 35 us more.
        try:
            return [await redis.execute_command(command, script, *calls[0])]  # type: ignore[no-untyped-call]
        except ResponseError as error:
            return [error]
    pipeline = redis.pipeline(transaction=False)
    for arguments in calls:
        pipeline.execute_command(command, script, *arguments)
    return await pipeline.execute(raise_on_error=False)


def balances_in(answer: object, count: int) -> list[Balance]:
    """The balances in what the script gave; none where that isn't two whole numbers for each of its keys."""
    if not isinstance(answer, list) or len(answer) != 2 * count or any(type(each) is not int for each in answer):
        return []
    return [Balance(left / 1000, bool(is_taken)) for left, is_taken in zip(answer[::2], answer[1::2], strict=True)]
