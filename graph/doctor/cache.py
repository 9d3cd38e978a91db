"""Checks of the Redis or Valkey that processes share."""

import re
import time
from collections import Counter
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rich.filesize import decimal

from graph.cache.keyspace import servers
from graph.cache.server import DEADLINE
from graph.cache.tally import Tally, tallies
from graph.doctor.check import check
from graph.doctor.finding import Finding, NotRunError, failed, ok, warning
from graph.doctor.subject import Subject
from graph.telemetry.metrics import CACHED

REACHABLE = "cache-reachable"

# The share of its memory from which a Redis that throws nothing away is full.
FULL = 0.95
# Answers that must have been asked for before shares mean anything, and the least share that should be kept ones.
ENOUGH, FEW = 1_000, 0.05
SECONDS_OF_A_DAY = 86_400


@check(REACHABLE, "whether Redis answers, and within the time that servers give it")
async def reachable(subject: Subject) -> Finding:
    """Ask it something twice: the second time a connection is open."""
    try:
        await subject.ask_redis(Redis.ping)
        began = time.perf_counter()
        await subject.ask_redis(Redis.ping)
    except (RedisError, OSError) as error:
        remedy = (
            "Restart `ariesone serve`, which runs it"
            if subject.has_embedded_redis
            else "Start it, or mend REDIS_URL"
        )
        return failed(
            f"it doesn't answer: {error}",
            f"{remedy}; until then each process goes on with what it knows itself, only slower.",
        )
    seconds = time.perf_counter() - began
    told = f"it answers in {seconds * 1000:.1f} ms"
    if seconds > DEADLINE:
        return failed(
            f"{told}; servers wait for {DEADLINE * 1000:g} ms and go on without", "Run it nearer to the servers."
        )
    return ok(told)


@check("cache-memory", "whether Redis has room", needs=REACHABLE)
async def memory(subject: Subject) -> Finding:
    """Hold what it uses against what it may use; of a Cluster, on the server with the least room."""
    found = await infos(subject, "memory")
    if boundless := next((each for each in found if not each["maxmemory"]), None):
        return warning(
            f"{decimal(boundless['used_memory'])} are used, and maxmemory isn't set",
            "It grows until its machine has none left: set maxmemory, with maxmemory-policy allkeys-lru.",
        )
    fullest = max(found, key=lambda each: each["used_memory"] / each["maxmemory"])
    used, most = fullest["used_memory"], fullest["maxmemory"]
    told = f"{decimal(used)} of {decimal(most)} are used"
    if used > most * FULL and fullest["maxmemory_policy"] == "noeviction":
        return failed(
            f"{told}, and it throws nothing away", "Set maxmemory-policy allkeys-lru, or raise maxmemory."
        )
    return ok(told)


@check("cache-policy", "what Redis throws away when it is full", needs=REACHABLE)
async def policy(subject: Subject) -> Finding:
    """Look at maxmemory-policy: every key of this project may go, so each policy of all keys is right."""
    found = sorted({str(each["maxmemory_policy"]) for each in await infos(subject, "memory")})
    told = f"maxmemory-policy is {' and '.join(found)}"
    if not all(each.startswith("allkeys-") for each in found):
        return warning(
            told,
            "Once it is full it takes nothing new: redis-cli CONFIG SET maxmemory-policy allkeys-lru, and in its "
            "configuration.",
        )
    return ok(told)


@check("cache-evictions", "how soon Redis throws keys away", needs=REACHABLE)
async def evictions(subject: Subject) -> Finding:
    """Hold what was thrown away in a day against what is there."""
    found = await infos(subject, "stats", "server", "keyspace")
    evicted = sum(each["evicted_keys"] for each in found)
    days = max(each["uptime_in_seconds"] for each in found) / SECONDS_OF_A_DAY
    keys = sum(count["keys"] for each in found for name, count in each.items() if re.fullmatch(r"db\d+", name))
    told = f"{evicted:,} keys were thrown away in {days:,.1f} days; {keys:,} are there"
    # The first day counts as a whole one: a full Redis that has just begun isn't known yet.
    if evicted / max(days, 1) > max(keys, 1):
        return warning(told, "All that is kept is replaced each day: raise maxmemory.")
    return ok(told)


@check("cache-hits", "which share of answers is kept ones", needs=REACHABLE)
async def hits(subject: Subject) -> Finding:
    """Add up what the processes say that serve."""
    total = await total_of(subject)
    asked = sum(total[name] for name in CACHED)
    if asked < ENOUGH:
        raise NotRunError(f"{asked:,} answers so far tell nothing; it takes {ENOUGH:,}")
    kept = asked - total["miss"] - total["bypass"]
    told = f"{kept / asked:.0%} of {asked:,} answers were kept ones"
    if kept < asked * FEW:
        return warning(
            told, "`ariesone cache explain` says why a query isn't kept; CACHE_BYTES may be too little, or 0."
        )
    return ok(told)


@check("cache-audit", "whether kept answers are right", needs=REACHABLE)
async def audit(subject: Subject) -> Finding:
    """Add up how many of those that were asked of the database as well were wrong."""
    total = await total_of(subject)
    if not total["audited"]:
        raise NotRunError("no kept answer was asked of the database as well so far (CACHE_AUDIT)")
    told = f"{total['wrong']:,} of {total['audited']:,} that were looked at were wrong"
    if total["wrong"]:
        return failed(
            told,
            'The log names them: "a kept answer was wrong". Report it; CACHE_SECONDS=0 keeps nothing until then.',
        )
    return ok(told)


async def total_of(subject: Subject) -> Counter[str]:
    """Return what the caches of all processes that serve did; raises NotRunError where none serves."""
    return sum((Counter(each) for each in await tallies_of(subject)), Counter[str]())


async def tallies_of(subject: Subject) -> list[Tally]:
    """Return what each process says that serves; raises NotRunError where none does."""
    found = await subject.ask_redis(lambda redis: list(tallies(redis)))
    if not found:
        raise NotRunError("no process that keeps answers serves with this Redis")
    return found


async def infos(subject: Subject, *sections: str) -> list[dict[str, Any]]:
    """Return sections of what Redis tells of itself, of each server that has some of the keys."""

    def told(redis: Redis) -> list[dict[str, Any]]:
        return [
            {name: value for section in sections for name, value in each.info(section).items()}
            for each in servers(redis)
        ]

    return await subject.ask_redis(told)
