"""From a document's text to an answer: what is checked before anything runs, and the run with its deadline."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema

from db.failures import DatabaseUnavailableError
from db.joined import Joined
from graph.context import Context, Spending
from graph.errors import BadUserInputError, ClientError, OperationTimeoutError
from graph.execution.arguments import UnboundError, Values
from graph.execution.bounds import Limits, check_cost, check_inputs
from graph.execution.compile import Compiled, IrregularError
from graph.execution.cost import Weight, Work, actual_cost_of, measure, weigh
from graph.execution.deadlines import Deadlines, Run
from graph.execution.document import Documents, Operation, RequestErrors, choose, read_variables
from graph.execution.dry_run import is_dry
from graph.execution.facts import facts_of
from graph.execution.forms import SIGHTS, Forms, key_of
from graph.execution.inputs import as_json
from graph.execution.interpret import complete, gather
from graph.execution.mutate import Mutation, Step
from graph.execution.oracle import Oracle
from graph.execution.plan import ForeignError, Plan, ReadByLevelError
from graph.execution.reads import Outcomes
from graph.execution.refusals import refusals_in
from graph.execution.shared_reads import SharedReads
from graph.execution.tree import Occurrence, fields_in
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.loaders import ALONE, Loaders, Loading
from graph.roles.guard import Guard
from graph.telemetry.metrics import EXECUTIONS
from graph.types.paging import SIZES
from graph.use import Use
from graph.webhook_checker import WebhookChecker

# What only graphql-core could run, which changes nothing.
UNWRITABLE = (
    "This mutation can't be run as it is written: give JSON with variables in it as one variable, and ask for the "
    "schema in a query."
)

# Is handed what abandons what has begun.
OnStart = Callable[[Callable[[], None]], None]

# Weights remembered of one operation.
MAX_WEIGHTS = 64


@dataclass(slots=True)
class Prepared:
    """An operation that may run, for whom, its variables as the client sent them and as resolvers take them.

    `refused` has the places of fields that the viewer may not use; `cost` is the most that it can cost.
    """

    operation: Operation
    variables: Mapping[str, Any]
    values: Values
    viewer: Viewer
    refused: Mapping[Occurrence, Guard]
    cost: float
    max_cost: int
    work: Work
    # What a mutation is told by if it is sent again.
    key: str | None = None
    # Whether it asks what it would cost, in place of being run.
    is_dry: bool = False
    # What it uses of what is counted, if anything.
    use: Use | None = None


class Abandoned(Exception):  # noqa: N818 - nobody is there to be told of an error
    """The client left, and the operation was cancelled."""


class Runner:
    """Runs operations on a schema within limits."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        timeout: float,
        sights: int = SIGHTS,
        *,
        sizes: range = SIZES,
        counts_all: bool = False,
    ) -> None:
        facts = facts_of(schema)
        self.facts = facts
        self._limits = limits
        self._row_limits = limits.of_rows
        # Seconds that one operation may take.
        self.timeout = timeout
        self._deadlines = Deadlines(timeout)
        self._documents = Documents(facts, limits, counts_all=counts_all)
        self._sizes = sizes
        self._forms = Forms(facts, sights, sizes)
        self._oracle = Oracle(schema)
        # What judges webhooks, where there is something to do so: it runs their subscriptions with this.
        self.webhooks: WebhookChecker | None = None

    @property
    def max_upload_bytes(self) -> int:
        """The most bytes that a file may have that is sent for a job."""
        return self._limits.upload_bytes

    def prepare(
        self,
        text: str,
        operation_name: str | None,
        variables: Mapping[str, Any],
        viewer: Viewer = ANONYMOUS,
        key: str | None = None,
    ) -> Prepared:
        """Return the operation to run, having sent nothing to any database.

        `key` is what a mutation is told by if it is sent again. Raises RequestErrors, OperationResolutionError,
        DepthLimitError or CostLimitError.
        """
        return self.bind(self.find(text, operation_name), variables, viewer, key)

    def find(self, text: str, operation_name: str | None) -> Operation:
        """Return the operation of a document that is meant.

        Raises RequestErrors, OperationResolutionError, DepthLimitError or CostLimitError.
        """
        return choose(self._documents.operations(text), operation_name)

    def bind(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        viewer: Viewer = ANONYMOUS,
        key: str | None = None,
    ) -> Prepared:
        """Return an operation with its variables; raises RequestErrors or CostLimitError for these."""
        takes_rows = operation.is_mutation and not viewer.is_anonymous
        check_inputs(variables, self._row_limits if takes_rows else self._limits)
        values = read_variables(operation, variables)
        refused = operation.needs.refused(viewer.roles, variables)
        cost, is_bulk = self._weigh(operation, values, refused)
        max_cost = self._limits.cost_anonymous if viewer.is_anonymous else self._limits.cost
        check_cost(cost, max_cost)
        work = Work.BULK if is_bulk else Work.WRITE if operation.is_mutation else Work.READ
        asks = operation.telling is not None and is_dry(operation.telling, values)
        use = operation.use
        if operation.watched:
            use = self._documents.uses.with_variables(use, operation.watched, variables)
        return Prepared(operation, variables, values, viewer, refused, cost, max_cost, work, key, asks, use)

    def inspect(self, text: str, variables: Mapping[str, Any], viewer: Viewer) -> Prepared:
        """Prepare a document that is to be run later; raises the first thing wrong as a ClientError."""
        try:
            return self.prepare(text, None, variables, viewer)
        except RequestErrors as found:
            raise BadUserInputError(found.errors[0].message) from None

    def as_json(self, type_name: str, value: object) -> Any:  # noqa: ANN401 - whatever it is in JSON
        """Return the JSON of an input type's value as resolvers have it; `prepare` reads it as a variable."""
        return as_json(self.facts, self.facts.schema.type_map[type_name], value)  # type: ignore[arg-type]  # an input type

    def _weigh(self, operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]) -> Weight:
        """Return what an operation can weigh, remembered for variables that measure the same."""
        sizes = (*[(name, measure(value)) for name, value in values.items()], *refused)
        weight = operation.weights.get(sizes)
        if weight is None:
            if len(operation.weights) >= MAX_WEIGHTS:
                operation.weights.clear()
            weight = operation.weights[sizes] = weigh(operation.root, values, refused)
        return weight

    def actual(self, prepared: Prepared, result: ExecutionResult) -> float:
        """Return what an operation did cost."""
        # Some of it may be JSON already.
        data = orjson.loads(orjson.dumps(result.data))
        return actual_cost_of(prepared.operation.root, prepared.values, data)

    def cost(self, prepared: Prepared, result: ExecutionResult | None) -> dict[str, Any]:
        """Return what an operation could have cost, and what it did: nothing, where it was not run."""
        return {
            "requestedQueryCost": round(prepared.cost, 1),
            "actualQueryCost": 0.0 if result is None else round(self.actual(prepared, result), 1),
            "maximum": prepared.max_cost,
        }

    async def run_dry(self, prepared: Prepared, context: Context) -> ExecutionResult:
        """Return what an operation itself tells of its cost, and no data besides; raises BadUserInputError."""
        operation = prepared.operation
        if operation.telling is None:
            return ExecutionResult({}, None)
        note_cost(prepared, context)
        part = replace(operation, root=operation.telling, is_foreign=False)
        try:
            [plan] = self._forms.plan(part, prepared.values, {})
        except ForeignError:
            raise BadUserInputError("What it would cost isn't known: @skip or @include is given null.") from None
        return await self._interpret(plan, prepared, context)

    async def run(self, prepared: Prepared, context: Context, on_start: OnStart | None = None) -> ExecutionResult:
        """Return the operation's data and errors; one that takes too long is cancelled, SQL and all.

        `on_start`, if any, is handed what abandons the operation, for when its client leaves; run then raises
        Abandoned.
        """
        context.viewer, context.guards, context.runner = prepared.viewer, self.facts.guards.by_place, self
        if prepared.operation.telling is not None:
            note_cost(prepared, context)
        if prepared.refused and (refusals := refusals_in(prepared.operation, prepared.values, prepared.refused)):
            return ExecutionResult(data=None, errors=refusals)
        run = self._deadlines.begin()
        if on_start is not None:
            on_start(run.abandon)
        try:
            return await self._run(prepared, context)
        except asyncio.CancelledError:
            if not run.takes_back_cancellation():
                raise
            return self._late(run, prepared)
        finally:
            context.loaders.cancel()
            self._deadlines.end(run)

    async def run_each(
        self, sets: Sequence[Prepared], context: Context, on_start: OnStart
    ) -> list[ExecutionResult]:
        """Return the data and errors of one query with several sets of variables, run side by side.

        What they read at one moment is one statement. They have one deadline, and are abandoned together.
        """
        joined, shared_reads = Joined(context.database), SharedReads()
        context.viewer, context.guards, context.runner = sets[0].viewer, self.facts.guards.by_place, self
        run = self._deadlines.begin()
        on_start(run.abandon)
        ways = self._ways(sets)
        try:
            return await asyncio.gather(
                *(
                    self._run_joined(
                        each, way, replace(context, database=joined, shared_reads=shared_reads, moved={})
                    )
                    for each, way in zip(sets, ways, strict=True)
                )
            )
        except asyncio.CancelledError:
            if not run.takes_back_cancellation():
                raise
            return [self._late(run, each) for each in sets]
        finally:
            joined.cancel()
            shared_reads.cancel()
            self._deadlines.end(run)

    def _ways(self, sets: Sequence[Prepared]) -> list[Compiled | Plan | None]:
        """Return how each set is run: those of one form by one plan, None where it is left to `_run`."""
        groups: dict[tuple[object, ...], list[Prepared]] = {}
        for each in sets:
            groups.setdefault(key_of(each.operation, each.values, each.refused), []).append(each)
        ways = {key: self._way_of(group) for key, group in groups.items()}
        return [ways[key_of(each.operation, each.values, each.refused)] for each in sets]

    def _way_of(self, sets: Sequence[Prepared]) -> Compiled | Plan | None:
        """Return how sets of one form are run; each of them is a sight of it."""
        operation, values, refused = sets[0].operation, sets[0].values, sets[0].refused
        try:
            for _ in sets:
                if compiled := self._forms.find(operation, values, refused):
                    return compiled[0]
            return self._forms.plan(operation, values, refused)[0]
        except ForeignError:
            return None

    async def _run_joined(
        self, prepared: Prepared, way: Compiled | Plan | None, context: Context
    ) -> ExecutionResult:
        """Run one of several; what fails as a whole is done again by itself, in a way that is exact for it."""
        if prepared.refused and (refusals := refusals_in(prepared.operation, prepared.values, prepared.refused)):
            return ExecutionResult(data=None, errors=refusals)
        try:
            match way:
                case Compiled():
                    return await self._run_compiled(way, prepared, context)
                case Plan():
                    return await self._interpret(way, prepared, context)
        except (ReadByLevelError, UnboundError):
            pass
        context.shared_reads = None
        return await self._run(prepared, context)

    def _late(self, run: Run, prepared: Prepared) -> ExecutionResult:
        """Return the answer to an operation that took too long; raises Abandoned where its client left."""
        if run.has_left:
            raise Abandoned from None
        error = OperationTimeoutError(self._advice(prepared))
        return ExecutionResult(data=None, errors=[GraphQLError(error.message, original_error=error)])

    def _advice(self, prepared: Prepared) -> str:
        """What happened to an operation that took too long; a change may have been made at that moment."""
        told = f"The operation was cancelled after {self.timeout:g} seconds."
        if not prepared.operation.is_mutation:
            return told
        again = "look before you send it again" if prepared.key is None else "send it again with the same key"
        return f"{told} What of it was done isn't known: {again}."

    async def _run(self, prepared: Prepared, context: Context) -> ExecutionResult:
        """Run an operation in the quickest way that is exact for it."""
        operation, values, refused = prepared.operation, prepared.values, prepared.refused
        try:
            if operation.is_mutation:
                return await self._mutate(prepared, context)
            if compiled := self._forms.find(operation, values, refused):
                return await self._run_compiled(compiled[0], prepared, context)
            return await self._interpret(self._forms.plan(operation, values, refused)[0], prepared, context)
        except ReadByLevelError:
            [plan] = self._forms.plan(operation, values, refused, nests=False)
            return await self._interpret(plan, prepared, context)
        except (ForeignError, UnboundError):
            if operation.is_mutation and all(each.fact.source for each in fields_in(operation.root)):
                error = BadUserInputError(UNWRITABLE)
                return ExecutionResult(None, [GraphQLError(error.message, original_error=error)])
            note_run(context, "graphql-core")
            if context.watch is not None:
                # Its resolvers read without saying what that depends on.
                context.watch.lose()
            return await self._oracle.run(operation, prepared.variables, refused, context)

    async def _mutate(self, prepared: Prepared, context: Context) -> ExecutionResult:
        operation, values, refused = prepared.operation, prepared.values, prepared.refused
        context.webhooks = self.webhooks
        compiled = self._forms.find(operation, values, refused)
        if compiled is None:
            steps = [Step(place, plan) for place, plan in enumerate(self._forms.plan(operation, values, refused))]
        else:
            steps = [Step(place, each.plan, each) for place, each in enumerate(compiled)]
        note_run(context, "interpreted" if compiled is None else "compiled")
        return await Mutation(operation, values, context, self._sizes, prepared.key).run(steps)

    async def _run_compiled(self, compiled: Compiled, prepared: Prepared, context: Context) -> ExecutionResult:
        context.loaders = loaders_for(compiled.plan, context)
        try:
            data = await compiled.run(context, prepared.values)
        except IrregularError as irregular:
            if is_ambiguous(compiled.plan, irregular.outcomes):
                raise ReadByLevelError from None
            note_run(context, "completed", compiled.plan, compiled.source)
            return complete(compiled.plan, irregular.outcomes, prepared.values, prepared.operation.source)
        note_run(context, "compiled", compiled.plan, compiled.source)
        return ExecutionResult(data, None)

    async def _interpret(self, plan: Plan, prepared: Prepared, context: Context) -> ExecutionResult:
        context.loaders = loaders_for(plan, context)
        outcomes = await gather(plan, context, prepared.values, self._sizes)
        if is_ambiguous(plan, outcomes):
            raise ReadByLevelError
        note_run(context, "interpreted", plan)
        return complete(plan, outcomes, prepared.values, prepared.operation.source)


def loaders_for(plan: Plan, context: Context) -> Loading:
    """Return what loads an operation's rows: together, where several fields may ask and nobody joins them."""
    return ALONE if len(plan.root.fields) == 1 or context.shared_reads is not None else Loaders()


def is_ambiguous(plan: Plan, outcomes: Outcomes) -> bool:
    """Return whether a statement failed that reads several tables: each of them may have been the cause."""
    return any(
        isinstance(found, Exception) and not isinstance(found, ClientError | DatabaseUnavailableError)
        for reading in plan.readings
        if reading.nests
        for found in outcomes[reading.number][1]
    )


def note_cost(prepared: Prepared, context: Context) -> None:
    """Note what an operation costs, where nobody has said from which bucket."""
    context.spending = context.spending or Spending(round(prepared.cost, 1))


def note_run(context: Context, executor: str, plan: Plan | None = None, source: str | None = None) -> None:
    """Note what ran an operation."""
    EXECUTIONS[executor].inc()
    if context.explanation is not None:
        context.explanation.note_run(executor, plan, source)
