"""`ariesone cache`: what processes share in Redis, and what is kept of an operation."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from redis import Redis
from redis.exceptions import RedisError

from db.embedded import postgresql, valkey
from db.engine import Database
from db.failures import LockedError
from db.revision import missing
from db.touches import touch
from graph.cache.keyspace import amounts, remove
from graph.cache.tags import ANY, is_tag
from graph.cache.tally import KIND, Tally, tallies
from graph.commands.configuration import read_settings
from graph.commands.consent import require_consent
from graph.commands.explain import (
    AsRole,
    File,
    Variables,
    compile_for,
    object_in,
    operations_in,
    roles_of,
    telling_refusals,
)
from graph.commands.psql import redis_words
from graph.commands.servers import console, fail
from graph.execution.arguments import Values
from graph.execution.document import Operation, read_variables
from graph.execution.plan import Reading
from graph.execution.sharing import CachePolicy
from graph.settings import Settings
from graph.telemetry.metrics import CACHED
from graph.types.paging import SIZES

commands = typer.Typer(help="Look into what is kept of answers.", no_args_is_help=True)

# Seconds that one command of Redis may take.
PATIENCE = 5.0
# Tags of a read that are printed.
TOLD = 10

# What the keys of a kind are.
WORDS = {
    "answer": "whole answers",
    "rows": "rows of dear reads",
    "document": "registered documents",
    "bucket": "clients' buckets",
}


@commands.command()
def stats() -> None:
    """Print what processes share in Redis, by what it is, and what the caches of those that serve did."""
    settings = read_settings()
    with connected(settings) as redis:
        if redis is None:
            fail(
                f"No server runs on {settings.data_dir.absolute()}: start `ariesone serve`, or set REDIS_URL to "
                "look into the Redis of others."
            )
        found = amounts(redis)
        processes = list(tallies(redis))
    for kind in sorted(WORDS.keys() | found.keys() - {KIND}):
        keys, taken = found.get(kind, (0, 0))
        typer.echo(f"{WORDS.get(kind, kind):<22}{keys:>10,} keys {taken:>14,} bytes")
    typer.echo(words_of_processes(processes))


@commands.command()
def clear(
    *,
    tag: Annotated[
        str | None, typer.Option(help="Only what depends on this, such as state=TX or company:1234567893.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Have all that is kept read anew, in Redis and by each process that serves, within half a second."""
    if tag is not None and not is_tag(tag):
        fail(f"{tag!r} is nothing that is kept by; `ariesone cache explain` names what a query depends on.")
    settings = read_settings()
    database = database_served(settings)
    if database is None and (tag is not None or settings.redis_url is None):
        fail(f"No server runs on {settings.data_dir.absolute()}: set DATABASE_URL to clear what others keep.")
    console.print("This has answers and rows read anew that are kept; no data is lost.")
    if database is None:
        console.print("Without DATABASE_URL it reaches Redis alone, and no server's own memory.")
    require_consent(given=yes, how="--yes")
    if database is not None:
        asyncio.run(touch_apart(database, tag or ANY))
        which = "" if tag is None else f" of what depends on {tag}"
        typer.echo(f"Half a second from now nothing{which} is given that was read before.")
    if tag is not None:
        return
    with connected(settings) as redis:
        if redis is not None:
            typer.echo(f"{remove(redis):,} keys removed.")


@commands.command()
def explain(file: File, variables: Variables = "{}", role: AsRole = None) -> None:
    """Print for whom and how long each query of a file may be kept, and what each of its reads depends on."""
    given, roles = object_in(variables), roles_of(role)
    with telling_refusals():
        for operation in operations_in(file):
            typer.echo(f"{operation.name or operation.kind.value}: {words_of_policy(operation)}")
            if not operation.is_query:
                continue
            values = read_variables(operation, given)
            for compiled in compile_for(operation, given, roles):
                for reading in compiled.plan.readings:
                    typer.echo(f"  {reading.field.coordinate}: {words_of_reading(reading, values)}")


@contextmanager
def connected(settings: Settings) -> Iterator[Redis | None]:
    """Connect to the Redis of the settings, else to that of a live `serve`, and say which; None without any."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else valkey.find_served(settings.data_dir)
    try:
        if url is None:
            yield None
            return
        with told(url) as redis:
            yield redis
    except RedisError as error:
        fail(f"Redis can't be asked: {error}")


def database_served(settings: Settings) -> str | None:
    """The URL of the database of the settings, or of that of a live `serve`; None where there is none."""
    url = settings.database_url
    return url.get_secret_value() if url else postgresql.find_served(settings.data_dir)


async def touch_apart(url: str, tag: str) -> None:
    """Touch a tag in a transaction of its own; ends the command where that can't be done."""
    async with Database.open(url) as database:
        if await missing(database):
            fail("The database lacks what this version writes: `ariesone db upgrade` brings it there.")
        try:
            async with database.transaction() as transaction:
                await touch(transaction, tag)
        except LockedError:
            fail("A load has its turn in the database; it has everything read anew once it ends.")


def words_of_processes(tallies: Sequence[Tally]) -> str:
    """What the caches of processes did together, and what they have in memory."""
    if not tallies:
        return "No process that keeps answers serves with this Redis, or none has said so yet."
    total = sum((Counter(each) for each in tallies), Counter[str]())
    asked = sum(total[name] for name in CACHED)
    memory = f"{total['entries']:,} answers in {total['bytes']:,} bytes of their own memory"
    lines = [f"{len(tallies)} serving, with {memory}"]
    lines += [f"{name:<22}{total[name]:>10,} answers {total[name] / (asked or 1):>10.1%}" for name in CACHED]
    return "\n".join(lines)


def told(url: str) -> Redis:
    """A client for a URL, having said where it leads."""
    console.print(f"In {redis_words(url)}", soft_wrap=True, markup=False)
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


def words_of_policy(operation: Operation) -> str:
    """For whom an answer is good, and how long."""
    if not operation.is_query:
        return "not kept, since it is no query"
    policy: CachePolicy = operation.policy
    if policy.is_private:
        return "not kept, since a field is the viewer's own (scope PRIVATE)"
    if not policy.max_age:
        return "not kept, since a field says nothing of it, or maxAge 0"
    meanwhile = f", and {policy.stale} more while they ask anew" if policy.stale else ""
    return f"kept while it is right; by browsers and proxies for {policy.max_age} seconds{meanwhile}"


def words_of_reading(reading: Reading, values: Values) -> str:
    """What one read depends on, and whether its rows are kept in Redis."""
    read = reading.source
    if read.is_batched:
        found = "what it is read for"
    elif read.tags is None:
        found = "what nobody knows: no answer with it is kept"
    else:
        tags = sorted(read.tags(**reading.bind(values, SIZES)) or ())
        more = f" and {len(tags) - TOLD} more" if len(tags) > TOLD else ""
        found = (", ".join(tags[:TOLD]) or "nothing") + more
    return f"depends on {found}{'; dear, so its rows may be kept in Redis' if read.is_dear else ''}"
