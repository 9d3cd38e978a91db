"""One operation with several sets of variables, each with its answer (GraphQL over HTTP, "Variable batching")."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from time import perf_counter

from graphql import ExecutionResult

from db.engine import Database
from db.tally import Tally, count_mine
from graph.cache.replicas import Replicas
from graph.context import Context
from graph.directives.cost import SHORTEST_BULK
from graph.errors import BadRequestError, ClientError, CostLimitError
from graph.execution.cost import Work, count_listed
from graph.execution.document import Operation, RequestErrors
from graph.execution.run import Prepared, Runner
from graph.http import audit, keeping
from graph.http.batch import in_turn, numbered
from graph.http.documents import PersistedDocuments
from graph.http.exchange import Exchange
from graph.http.origin import origin_of
from graph.http.preparation import Preparation
from graph.http.refusal import write_refusal
from graph.http.request import GraphQLRequest
from graph.http.results import write_result
from graph.http.running import reserve
from graph.http.several import one_of
from graph.http.slow import SlowOperations

# Gives the answer to a request for one set, as JSON.
Operate = Callable[[GraphQLRequest], Awaitable[Sequence[bytes]]]


class VariableSets:
    """Runs an operation for at most so many sets: queries side by side as one, all else one after the other."""

    def __init__(
        self,
        runner: Runner,
        documents: PersistedDocuments,
        preparation: Preparation,
        slow: SlowOperations,
        replicas: Replicas,
        most: int,
    ) -> None:
        self._runner = runner
        self._replicas = replicas
        self._documents = documents
        self._preparation = preparation
        self._slow = slow
        self._most = most

    async def answer(
        self, exchange: Exchange, database: Database, asked: GraphQLRequest, operate: Operate
    ) -> Sequence[bytes]:
        """Return an answer as JSON for each set, in their order; raises what all of them are refused for."""
        sets = asked.each()
        self._require_few(sets)
        if exchange.account is not None:
            exchange.account.require()
        operation = self._preparation.find(exchange, asked, await self._documents.text_of(asked))
        await self._documents.keep(asked)
        if operation.goes_on:
            raise BadRequestError("A subscription or a live query takes a single set of variables.")
        if reads_jointly(exchange, operation):
            answers = await self._read(exchange, database, operation, sets)
        else:
            answers = [each for [each] in await in_turn(exchange, sets, operate, self._runner.timeout)]
        return [numbered(b"variableIndex", place, each) for place, each in enumerate(answers)]

    def _require_few(self, sets: Sequence[object]) -> None:
        if len(sets) > self._most:
            told = f"MAX_VARIABLE_SETS, the most that this server takes at once, is {self._most}."
            raise BadRequestError(f"variables lists {len(sets)} sets; {told}")

    async def _read(
        self, exchange: Exchange, database: Database, operation: Operation, sets: Sequence[GraphQLRequest]
    ) -> Sequence[bytes]:
        """Run a query for all sets at a time."""
        began = perf_counter()
        bound = [self._bind(exchange, operation, each) for each in sets]
        exchange.cost = 0.0
        prepared = [each for each in bound if isinstance(each, Prepared)]
        # What is read for all of them is told of the first.
        sql: Tally | None = (tally := count_mine())
        results = iter(await self._run(exchange, database, sets[0], prepared, tally) if prepared else ())
        answers = []
        for each in bound:
            if isinstance(each, Prepared):
                with one_of(exchange, exchange.operation, began):
                    exchange.cost, exchange.sql, sql = each.cost, sql, None
                    answers.append(self._write(exchange, sets[0], each, next(results)))
            else:
                answers.append(each)
        return answers

    def _bind(self, exchange: Exchange, operation: Operation, asked: GraphQLRequest) -> Prepared | bytes:
        """Return an operation with one set of variables, or its refusal."""
        try:
            prepared = self._preparation.bind(exchange, operation, asked)
        except (RequestErrors, ClientError) as error:
            with one_of(exchange, exchange.operation):
                return write_refusal(error, exchange).content
        audit.record(exchange, prepared)
        return prepared

    async def _run(
        self,
        exchange: Exchange,
        database: Database,
        asked: GraphQLRequest,
        prepared: Sequence[Prepared],
        sql: Tally,
    ) -> Sequence[ExecutionResult]:
        """Run a query for all sets that can be, paid for as one operation; `sql` is of its statements."""
        charge = None
        whole = sum_of(prepared)
        if exchange.account is not None:
            charge = await reserve(exchange.account, whole)
        origin = origin_of(self._replicas, exchange, whole.operation, database)
        began = perf_counter()
        try:
            results = await self._runner.run_each(prepared, Context(origin), exchange.on_leave)
        finally:
            if (seconds := perf_counter() - began) >= self._slow.seconds:
                self._slow.note(exchange, whole, seconds, sql)
        if charge is not None and (charge.matters or asked.wants_cost):
            actual = (self._runner.actual(*each) for each in zip(prepared, results, strict=True))
            charge.settle(sum(actual))
        return results

    def _write(
        self, exchange: Exchange, asked: GraphQLRequest, prepared: Prepared, result: ExecutionResult
    ) -> bytes:
        if not result.errors:
            keeping.note(exchange, "bypass")
        return write_result(self._runner, exchange, asked, prepared, result).content


def reads_jointly(exchange: Exchange, operation: Operation) -> bool:
    """Return whether sets may be run as one: they only read, and nobody asks how, or for what it costs alone."""
    is_plain = operation.is_query and not operation.is_foreign and operation.telling is None
    return is_plain and not (exchange.explains or exchange.is_dry)


def sum_of(prepared: Sequence[Prepared]) -> Prepared:
    """Return an operation as all sets together are paid for; raises CostLimitError where they cost too much."""
    cost, most = sum(each.cost for each in prepared), prepared[0].max_cost
    if cost > most:
        raise CostLimitError(
            f"All sets of variables together may cost {cost:.0f}; {most} is the most. Send fewer at a time."
        )
    is_bulk = sum(count_listed(each.operation.root, each.values) for each in prepared) > SHORTEST_BULK
    return replace(prepared[0], cost=cost, work=Work.BULK if is_bulk else prepared[0].work)
