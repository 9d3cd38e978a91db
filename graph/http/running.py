"""One prepared operation run for its request: abandoned when the client leaves, explained where that is asked."""

from time import perf_counter

from graphql import ExecutionResult

from db.comments import comment_mine
from db.engine import Database
from db.tally import count_mine
from graph.cache.cache import Cache
from graph.context import Context, Spending
from graph.execution.cost import shares_of
from graph.execution.explain import Explanation
from graph.execution.run import OnStart, Prepared, Runner
from graph.http.account import Account, Charge
from graph.http.exchange import Exchange
from graph.http.origin import origin_of
from graph.http.permission import EXPLAIN, WITH_PLANS
from graph.http.slow import SlowOperations
from graph.http.uncosted import OF_INTROSPECTION, cost_of_body
from graph.telemetry.comments import comments


async def run(
    runner: Runner,
    database: Database,
    exchange: Exchange,
    prepared: Prepared,
    cache: Cache,
    slow: SlowOperations,
) -> ExecutionResult:
    """Return an operation's result; raises Abandoned where nobody waits for it any more.

    It is read from the database, or from a replica that the cache knows of; `slow` is told what takes long.
    """
    explanation = None
    if exchange.explains:
        explanation = explanation_of(prepared, cache)
    watch = exchange.flight and exchange.flight.watch if explanation is None else None
    origin = origin_of(cache.replicas, exchange, prepared.operation, database)
    context = Context(origin, explanation=explanation, watch=watch, spending=spending_of(exchange, prepared))
    sql = exchange.sql = count_mine()
    if database.has_comments:
        comment_mine(comments.comment_for(exchange.operation, exchange.place))
    began = perf_counter()
    try:
        result = await runner.run(prepared, context, on_leave(exchange, prepared))
    finally:
        if (seconds := perf_counter() - began) >= slow.seconds:
            slow.note(exchange, prepared, seconds, sql)
    if explanation is not None:
        explanation.end(sql)
        if exchange.headers[EXPLAIN] == WITH_PLANS:
            await explanation.ask_plans(database, is_run=prepared.operation.is_query)
        result.extensions = {**(result.extensions or {}), "explain": explanation.as_extension()}
    return result


def explanation_of(prepared: Prepared, cache: Cache) -> Explanation:
    """Return what notes how an operation runs that begins now."""
    shares = list(shares_of(prepared.operation.root, prepared.values, prepared.refused))
    return Explanation(prepared.cost, shares, prepared.operation.policy, cache.reads)


async def run_dry(runner: Runner, database: Database, exchange: Exchange, prepared: Prepared) -> ExecutionResult:
    """Return what an operation itself tells of its cost, and no data besides; raises BadUserInputError."""
    return await runner.run_dry(prepared, Context(database, spending=spending_of(exchange, prepared)))


def spending_of(exchange: Exchange, prepared: Prepared) -> Spending | None:
    """Return what an operation costs its client, where it asks for that and the client has a bucket."""
    if prepared.operation.telling is None or exchange.account is None:
        return None
    return exchange.account.spending(prepared.cost)


async def reserve(account: Account, prepared: Prepared) -> Charge:
    """Reserve what an operation may cost; raises ThrottledError."""
    account.turn_to(prepared.work)
    charge = account.try_reserve(prepared.cost)
    if charge is None:
        charge = await account.reserve(prepared.cost, cost_of_body(len(prepared.operation.source.body)))
    if prepared.operation.introspects:
        account.pay(OF_INTROSPECTION)
    return charge


def on_leave(exchange: Exchange, prepared: Prepared) -> OnStart | None:
    """Return what has a query abandoned when its client leaves; None for a mutation, which runs to its end."""
    return exchange.on_leave if prepared.operation.is_query else None
