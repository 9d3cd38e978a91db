"""Checks of the database's replicas: whether each answers, is one, comes along, and is as its primary is."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sized
from contextlib import AsyncExitStack
from functools import partial

from db import tail
from db.engine import PoolOptions
from db.failures import DatabaseUnavailableError, words_of
from db.replica import Replica, cluster_of, replay_is_paused
from db.revision import state
from graph.cache.follower import BOUND, Stamp
from graph.cache.standing import has_reached
from graph.doctor.check import check
from graph.doctor.database import REACHABLE as PRIMARY
from graph.doctor.finding import Finding, NotRunError, PreventedError, failed, ok, warning
from graph.doctor.subject import STATEMENT_TIMEOUT, Subject

REACHABLE = "replicas-reachable"

# Seconds that a replica has to answer, and between two looks at how far it has come.
DEADLINE = 2.0
PAUSE = 0.02

# Looks at a replica; returns what is wrong with it, or None. Raises DatabaseUnavailableError.
Judge = Callable[[Replica], Awaitable[str | None]]


@check(REACHABLE, "whether each replica (DATABASE_REPLICA_URLS) answers")
async def reachable(subject: Subject) -> Finding:
    """Ask each how far it has come."""
    found = await judge_all(subject, is_there)
    if silent := told(found):
        return failed(
            silent, "Start it, or mend its URL, its password or the network. Others are read from meanwhile."
        )
    return ok(f"{count(found)} answered")


@check("replicas-recovery", "whether each is a replica of this database, as DATABASE_REPLICA_URLS says")
async def recovery(subject: Subject) -> Finding:
    """Look whether each takes changes itself, and where it comes from."""
    cluster = await cluster_of(subject.require_database())
    found = await judge_answering(subject, partial(is_replica_of, cluster))
    if others := told(found):
        return failed(
            others,
            "It isn't read from. Make it one of the primary again (pg_rewind, pg_basebackup), or take it out of "
            "DATABASE_REPLICA_URLS.",
        )
    return ok(f"{count(found)}, of this database")


@check("replicas-lag", "how far replicas are behind", needs=PRIMARY)
async def lag(subject: Subject) -> Finding:
    """Wait until each has what the primary has now."""
    head = await tail.head(subject.require_database())
    found = await judge_answering(subject, partial(comes_to, Stamp(head.cursor, head.epoch, head.day)))
    if late := told(found):
        return warning(
            late,
            "Nothing is read from it meanwhile. Look for a long query on it that holds replay up, a slow disk, a "
            "paused replay (SELECT pg_wal_replay_resume()), and at pg_stat_replication on the primary.",
        )
    return ok(f"{count(found)}, none further behind than {BOUND:g} s")


@check("replicas-migrations", "whether replicas are as the primary is", needs=PRIMARY)
async def migrated(subject: Subject) -> Finding:
    """Hold revision and columns of each against those of the primary."""
    expected = await state(subject.require_database())

    async def judge(replica: Replica) -> str | None:
        _, revision = found = await state(replica.database)
        return None if found == expected else f"is at {revision}, the primary at {expected[1]}"

    found = await judge_answering(subject, judge)
    if others := told(found):
        return failed(others, "Its URL leads to another database, or it hangs behind: see replicas-lag.")
    return ok(f"{count(found)}, at {expected[1]}")


async def is_there(replica: Replica) -> str | None:
    """Tell what keeps a replica from answering."""
    try:
        await replica.look(DEADLINE)
    except DatabaseUnavailableError as error:
        return f"doesn't answer ({words_of(error.__cause__ or error)})"
    return None


async def is_replica_of(cluster: int | None, replica: Replica) -> str | None:
    """Tell where a server is none, or one of something else."""
    sight = await replica.look(DEADLINE)
    if not sight.is_replica:
        return "is no replica: it takes changes itself"
    if None not in {cluster, sight.cluster} and cluster != sight.cluster:
        return "is a replica of another database"
    return None


async def comes_to(stamp: Stamp, replica: Replica) -> str | None:
    """Tell where a replica doesn't come to where its primary is within the bound that all reads have."""
    ends = time.monotonic() + BOUND
    while not has_reached((await replica.look(DEADLINE)).head, stamp):
        if time.monotonic() > ends:
            paused = ", and its replay is paused" if await replay_is_paused(replica.database) else ""
            return f"is more than {BOUND:g} s behind{paused}"
        await asyncio.sleep(PAUSE)
    return None


async def judge_answering(subject: Subject, judge: Judge) -> dict[str, str | None]:
    """Judge those that answer; raises PreventedError where none does."""
    silent = []

    async def passing_over(replica: Replica) -> str | None:
        try:
            return await judge(replica)
        except DatabaseUnavailableError:
            silent.append(replica.name)
            return None

    found = await judge_all(subject, passing_over)
    if len(silent) == len(found):
        raise PreventedError(f"none of them answers; see {REACHABLE}")
    return {name: problem for name, problem in found.items() if name not in silent}


async def judge_all(subject: Subject, judge: Judge) -> dict[str, str | None]:
    """Return what is wrong with each replica, by host and port; raises NotRunError where there is none."""
    urls = subject.settings.replica_urls()
    if not urls:
        raise NotRunError("DATABASE_REPLICA_URLS isn't set")
    pgbouncer = subject.settings.database_pgbouncer
    options = PoolOptions(size=1, statement_timeout=STATEMENT_TIMEOUT, pgbouncer=pgbouncer)
    async with AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(Replica.open(url, options)) for url in urls]
        problems = await asyncio.gather(*map(judge, replicas))
        return {each.name: problem for each, problem in zip(replicas, problems, strict=True)}


def told(found: Mapping[str, str | None]) -> str:
    """Say what is wrong with which; nothing where all is well."""
    return "; ".join(f"{name} {problem}" for name, problem in found.items() if problem)


def count(found: Sized) -> str:
    """Say how many there are."""
    return "1 replica" if len(found) == 1 else f"{len(found)} replicas"
