"""One prepared operation run for its request: abandoned when the client leaves, explained where that is asked."""

from collections.abc import Callable

from graphql import ExecutionResult

from db.engine import Database
from graph.cache.reads import KeptReads
from graph.context import Context
from graph.execution.explain import Explanation
from graph.execution.run import Prepared, Runner
from graph.http.exchange import Exchange


async def run(
    runner: Runner, database: Database, exchange: Exchange, prepared: Prepared, reads: KeptReads | None
) -> ExecutionResult:
    """Return an operation's result; raises Abandoned where nobody waits for it any more.

    `reads` is what is kept of dear reads, for an explanation.
    """
    on_start = on_leave(exchange, prepared)
    if not exchange.explains:
        watch = exchange.pending and exchange.pending.watch
        return await runner.run(prepared, Context(database, watch=watch), on_start)
    explanation = Explanation(prepared.cost, prepared.operation.policy, reads)
    result = await runner.run(prepared, Context(database, explanation=explanation), on_start)
    result.extensions = {"explain": explanation.as_extension()}
    return result


def on_leave(exchange: Exchange, prepared: Prepared) -> Callable[[Callable[[], None]], None]:
    """Return what has a query abandoned when its client leaves; a mutation runs to its end."""
    return exchange.on_leave if prepared.operation.is_query else _ignore


def _ignore(_: Callable[[], None]) -> None:
    """Leave an operation to run to its end."""
