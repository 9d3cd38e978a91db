"""Compiled and interpreted operations answer as graphql-core does: data, nulls, errors and their paths, whatever
fails.
"""

import gc
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, cast

import asyncpg
import orjson
import pytest
from graphql import ExecutionResult

from db.engine import Database
from db.statement import Statement
from graph.context import Context
from graph.errors import ClientError
from graph.execution.bounds import Limits
from graph.execution.document import RequestErrors
from graph.execution.facts import facts_of
from graph.execution.oracle import Oracle
from graph.execution.run import Prepared, Runner, note_cost
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.schema import core_schema
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.execution.tampering import KeptDatabase, TamperedDatabase, Tampering, untampered
from tests.graph.generation import Generator

CORE = core_schema
ORACLE = Oracle(CORE)

NPIS = Statement("SELECT npi FROM companies ORDER BY npi LIMIT 300", (), asyncpg.Record)

SIZES = [
    pytest.param(400, id="few"),
    pytest.param(900, marks=pytest.mark.slow, id="short"),
    pytest.param(200_000, marks=pytest.mark.long, id="long"),
]

VIEWERS = [ANONYMOUS, Viewer("a", frozenset({"VIEWER"})), Viewer("b", frozenset({"ADMIN"}))]

# What can be wrong with the directory of an example; every other one is sound.
TAMPERINGS: list[Mapping[str, Any]] = [
    {},
    {"broken": 20, "empty": 20, "lost": 100},
    {},
    {"broken": 3},
    {},
    {"empty": 5},
    {},
    {"failing": "locations"},
    {},
    {"failing": "companies"},
    {},
    {"failing": "licenses"},
]


@pytest.fixture
def collector_at_rest() -> Iterator[None]:
    """Keep the collector from running by itself: in a named tuple's own code, say, no warning can be ignored."""
    gc.disable()
    yield
    gc.enable()


# graphql-core leaves coroutines behind where a null goes up past fields that still run.
@pytest.mark.filterwarnings("ignore:coroutine '(Executor|GraphQLCoreConverter):RuntimeWarning")
@pytest.mark.usefixtures("collector_at_rest")
@pytest.mark.parametrize("examples", SIZES)
async def test_compiled_interpreted_and_graphql_core_agree(directory: Database, examples: int) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to see a failure again
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    limits = Limits(cost=1_500, cost_anonymous=1_500, tokens=10_000, objects=10_000, values=10_000, pairs=10_000)
    # Compiled at the first sight, and never; with rows nested in their owners', and not: what PostgreSQL writes
    # into the answer itself can't be tampered with.
    runners = [Runner(CORE, limits, timeout=30, sights=sights) for sights in (1, 10**9)]
    by_level = [Runner(CORE, limits, timeout=30, sights=sights, sizes=range(0)) for sights in (1, 10**9)]
    npis = [row["npi"] for row in await directory.read(NPIS)]
    generator = Generator(CORE, rng, npis, wildness=0.1)
    before = {name: counter.value for name, counter in EXECUTIONS.items()}
    kept = cast("Database", KeptDatabase(directory))
    agreed = 0
    while agreed < examples:
        text, variables = generator.operation(depth=5)
        try:
            viewer = rng.choice(VIEWERS)
            runners[0].prepare(text, None, variables, viewer)
        except (RequestErrors, ClientError):
            continue
        tampering = Tampering(rng.randrange(2**32), **TAMPERINGS[agreed % len(TAMPERINGS)])
        database = cast("Database", TamperedDatabase(directory, tampering))
        is_whole = not (tampering.broken or tampering.empty)
        for runner in runners if is_whole else by_level:
            prepared = runner.prepare(text, None, variables, viewer)
            await agree(runner, prepared, database, (text, variables, tampering))
            if tampering == Tampering(tampering.seed):
                await agree(runner, prepared, kept, (text, variables, "kept"))
        agreed += 1
        gc.collect(1 if agreed % 1000 else 2)
    done = {name: counter.value - before[name] for name, counter in EXECUTIONS.items()}
    print(done)  # noqa: T201 - how many of them were what
    # What graphql-core left behind goes while its warnings are ignored.
    gc.collect()
    assert done["compiled"] > examples / 8
    assert done["completed"] > examples / 8
    assert done["interpreted"] >= examples
    # Arguments that are null where they can't be, and conditions.
    assert done["graphql-core"] < examples / 20


async def agree(runner: Runner, prepared: Prepared, database: Database, what: object) -> None:
    found = await runner.run(prepared, Context(database))
    context = Context(database, viewer=prepared.viewer, guards=facts_of(CORE).guards.by_place)
    note_cost(prepared, context)
    expected = await ORACLE.run(prepared.operation, prepared.variables, prepared.refused, context)
    told = f"{what}\nours:         {found}\ngraphql-core: {expected}"
    # Objects that PostgreSQL wrote have spaces of their own.
    found.data = orjson.loads(orjson.dumps(found.data, default=untampered))
    assert orjson.dumps(found.data) == orjson.dumps(expected.data, default=untampered), told
    found_errors, expected_errors = by_null(found), by_null(expected)
    assert found_errors.keys() == expected_errors.keys(), told
    for null, errors in expected_errors.items():
        # Once a null has gone up, the fields beside it needn't be told of.
        if all(path == null for path, _ in errors | found_errors[null]):
            assert found_errors[null] == errors, told


def by_null(result: ExecutionResult) -> Mapping[tuple[str | int, ...], set[tuple[Any, str]]]:
    """Return the errors by the null in the data that each of them led to."""
    found = defaultdict(set)
    for error in result.errors or ():
        path = tuple(error.path or ())
        found[null_at(result.data, path)].add((path, error.message))
    return found


def null_at(data: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the part of a path at which the data ends in null."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    assert data is None, (path, data)
    return path
