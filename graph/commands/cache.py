"""`ariesone cache`: what processes share in Redis, and what is kept of an operation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from redis import Redis
from redis.exceptions import RedisError

from db.embedded.valkey import valkey
from graph.cache.keyspace import amounts, remove
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
    """Print what processes share in Redis: keys and bytes, by what they are."""
    with connected(read_settings()) as redis:
        found = amounts(redis)
    for kind in sorted(WORDS.keys() | found.keys()):
        keys, taken = found.get(kind, (0, 0))
        typer.echo(f"{WORDS.get(kind, kind):<22}{keys:>10,} keys {taken:>14,} bytes")


@commands.command()
def clear(*, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Remove answers and rows from Redis; what a process has in its own memory ends with it."""
    with connected(read_settings()) as redis:
        console.print("This removes all answers and rows that are kept there; nothing else, and no data.")
        console.print("Running servers keep what they have in memory: restart them afterwards.")
        require_consent(given=yes, how="--yes")
        count = remove(redis)
    typer.echo(f"{count:,} keys removed.")


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
def connected(settings: Settings) -> Iterator[Redis]:
    """Connect to the Redis of the settings, or to the embedded one, and say which; ends the command without."""
    try:
        if settings.redis_url is not None:
            with told(settings.redis_url.get_secret_value()) as redis:
                yield redis
            return
        with valkey(settings.data_dir, transient=True) as url:
            if url is None:
                fail("There is no Valkey here; set REDIS_URL to look into another.")
            with told(url) as redis:
                yield redis
    except RedisError as error:
        fail(f"Redis can't be asked: {error}")


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
    return f"kept while it is right; by browsers and proxies for {policy.max_age} seconds"


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
