"""From a document's text to an answer: what is checked before anything runs, and the run with its deadline."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, is_non_null_type
from graphql.execution.values import VariableValues

from graph import limits
from graph.context import Context
from graph.directives.cache_control import is_shared
from graph.directives.cost import measure
from graph.directives.operation_cost import CostModel
from graph.directives.requirements import included
from graph.errors import OperationTimeoutError
from graph.execution.compilations import SIGHTS, Compilations
from graph.execution.compile import Compiled
from graph.execution.complete import completed, is_ambiguous
from graph.execution.deadlines import Deadlines
from graph.execution.operation import Documents, Operation, chosen, coerced
from graph.execution.reference import ReferenceExecutor
from graph.execution.steps import IrregularError
from graph.guard import Guard
from graph.limits import Limits
from graph.loaders import ALONE, Loaders
from graph.telemetry.metrics import EXECUTIONS
from graph.viewer import ANONYMOUS, Viewer

# Costs remembered of one operation.
MAX_COSTS = 64


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run, for whom, its variables as the client sent them, and the most that it can cost.

    `forbidden` has the nodes of fields that the viewer may not use, by their identity.
    """

    operation: Operation
    variables: Mapping[str, Any]
    values: VariableValues
    viewer: Viewer
    forbidden: Mapping[int, Guard]
    cost: float
    max_cost: int


class Abandoned(Exception):  # noqa: N818 - nobody is there to be told of an error
    """The client left, and the operation was cancelled."""


class Runner:
    """Runs operations on a schema within limits."""

    def __init__(
        self, schema: GraphQLSchema, bounds: Limits, timeout: float, sights: int = SIGHTS, *, nests: bool = True
    ) -> None:
        self._schema = schema
        self._limits = bounds
        # Seconds that one operation may take.
        self.timeout = timeout
        self._deadlines = Deadlines(timeout)
        self._documents = Documents(schema, bounds)
        self._costs = CostModel(schema)
        self._compilations = Compilations(schema, sights, nests=nests)
        self._reference = ReferenceExecutor(schema)

    def prepare(
        self, text: str, operation_name: str | None, variables: Mapping[str, Any], viewer: Viewer = ANONYMOUS
    ) -> Prepared:
        """Return the operation to run, having sent nothing to any database.

        Raises RequestErrors, OperationResolutionError, DepthLimitError or CostLimitError.
        """
        limits.check_inputs(variables, self._limits)
        operation = chosen(self._documents.operations(text), operation_name)
        values = coerced(self._schema, operation, variables)
        forbidden = operation.requirements.forbidden(viewer.roles, variables)
        cost = self._cost(operation, values.coerced, forbidden)
        max_cost = self._limits.cost_anonymous if viewer.is_anonymous else self._limits.cost
        limits.check_cost(cost, max_cost)
        return Prepared(operation, variables, values, viewer, forbidden, cost, max_cost)

    def _cost(self, operation: Operation, values: Mapping[str, Any], forbidden: Mapping[int, Guard]) -> float:
        """Return what an operation can cost, remembered for variables that measure the same."""
        sizes = (*sorted((name, *measure(value)) for name, value in values.items()), *forbidden)
        cost = operation.costs.get(sizes)
        if cost is None:
            if len(operation.costs) >= MAX_COSTS:
                operation.costs.clear()
            cost = self._costs.cost(operation.definition, operation.document.fragments, values, forbidden)
            operation.costs[sizes] = cost
        return cost

    def actual(self, prepared: Prepared, result: ExecutionResult) -> float:
        """Return what an operation did cost."""
        operation = prepared.operation
        # Some of it may be JSON already.
        data = orjson.loads(orjson.dumps(result.data))
        return self._costs.actual(operation.definition, operation.document.fragments, data)

    def cost(self, prepared: Prepared, result: ExecutionResult) -> dict[str, Any]:
        """Return what an operation could have cost, and what it did."""
        return {
            "requestedQueryCost": round(prepared.cost, 1),
            "actualQueryCost": round(self.actual(prepared, result), 1),
            "maximum": prepared.max_cost,
        }

    async def run(
        self, prepared: Prepared, context: Context, on_start: Callable[[Callable[[], None]], None]
    ) -> ExecutionResult:
        """Return the operation's data and errors; one that takes too long is cancelled, SQL and all.

        `on_start` is handed what abandons the operation, for when its client leaves; run then raises Abandoned.
        """
        context.viewer, context.forbidden = prepared.viewer, prepared.forbidden
        context.guards = prepared.operation.requirements.guards.by_place
        if prepared.forbidden and (refusals := self._refusals(prepared)):
            return ExecutionResult(data=None, errors=refusals)
        run = self._deadlines.begin()
        on_start(run.abandon)
        try:
            return await self._executed(prepared, context)
        except asyncio.CancelledError:
            if not run.takes_back_cancellation():
                raise
            if run.has_left:
                raise Abandoned from None
            error = OperationTimeoutError(f"The operation was cancelled after {self.timeout:g} seconds.")
            return ExecutionResult(data=None, errors=[GraphQLError(error.message, original_error=error)])
        finally:
            self._deadlines.end(run)

    def is_shared(self, operation: Operation) -> bool:
        """Return whether an operation's answer is the same for everyone with the same roles."""
        if operation.is_shared is None:
            fragments = operation.document.fragments
            operation.is_shared = operation.is_query and is_shared(self._schema, operation.definition, fragments)
        return operation.is_shared

    def compilation(self, prepared: Prepared) -> Compiled | None:
        """Return what an operation that has run was compiled to, or None for one that was not."""
        return self._compilations.known(prepared.operation, prepared.values, prepared.forbidden)

    async def _executed(self, prepared: Prepared, context: Context) -> ExecutionResult:
        compilation = self._compilations.compilation(prepared.operation, prepared.values, prepared.forbidden)
        if compilation is None:
            EXECUTIONS["reference"].inc()
            return await self._reference.run(prepared.operation, prepared.variables, context)
        try:
            context.loaders = ALONE if compilation.is_lone else Loaders()
            data = await compilation.run(context, prepared.values)
        except IrregularError as irregular:
            if is_ambiguous(compilation.plan, irregular.outcomes):
                EXECUTIONS["reference"].inc()
                return await self._reference.run(prepared.operation, prepared.variables, context)
            EXECUTIONS["irregular"].inc()
            return completed(compilation.plan, irregular)
        finally:
            context.loaders.cancel()
        EXECUTIONS["compiled"].inc()
        return ExecutionResult(data, None)

    def _refusals(self, prepared: Prepared) -> list[GraphQLError]:
        """Return an error for each root field that is forbidden but can't be null: no other is worth asking."""
        definition = prepared.operation.definition
        root = self._schema.get_root_type(definition.operation)
        fields = {} if root is None else root.fields
        given = prepared.operation.requirements.given(prepared.variables)
        nodes = included(definition.selection_set, prepared.operation.document.fragments, given)
        errors = {}
        for node in nodes:
            field = fields.get(node.name.value)
            if id(node) in prepared.forbidden and field is not None and is_non_null_type(field.type):
                name = (node.alias or node.name).value
                error = prepared.forbidden[id(node)].error()
                errors[name] = GraphQLError(error.message, node, path=[name], original_error=error)
        return list(errors.values())
