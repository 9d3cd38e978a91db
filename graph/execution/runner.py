"""From a document's text to an answer: what is checked before anything runs, and the run with its deadline."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema

from graph import limits
from graph.context import Context
from graph.directives.cost import CostModel
from graph.errors import OperationTimeoutError
from graph.execution import reference
from graph.execution.operation import Documents, Operation, chosen, coerced
from graph.limits import Limits


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run: its variables as the client sent them, and the most that it can cost."""

    operation: Operation
    variables: Mapping[str, Any]
    cost: float


class Abandoned(Exception):  # noqa: N818 - nobody is there to be told of an error
    """The client left, and the operation was cancelled."""


class Runner:
    """Runs operations on a schema within limits."""

    def __init__(self, schema: GraphQLSchema, bounds: Limits, timeout: float) -> None:
        self._schema = schema
        self._limits = bounds
        self._timeout = timeout
        self._documents = Documents(schema, bounds)
        self._costs = CostModel(schema)

    def prepare(self, text: str, operation_name: str | None, variables: Mapping[str, Any]) -> Prepared:
        """Return the operation to run, having sent nothing to any database.

        Raises RequestErrors, OperationResolutionError, DepthLimitError or CostLimitError.
        """
        limits.check_inputs(variables, self._limits)
        operation = chosen(self._documents.document(text), operation_name)
        values = coerced(self._schema, operation, variables)
        cost = self._costs.cost(operation.definition, operation.document.fragments, values)
        limits.check_cost(cost, self._limits)
        return Prepared(operation, variables, cost)

    def cost(self, prepared: Prepared, result: ExecutionResult) -> Mapping[str, float]:
        """Return what an operation could have cost, and what it did."""
        operation = prepared.operation
        actual = self._costs.actual(operation.definition, operation.document.fragments, result.data)
        return {"requestedQueryCost": prepared.cost, "actualQueryCost": actual, "maximum": self._limits.cost}

    async def run(
        self, prepared: Prepared, context: Context, on_start: Callable[[Callable[[], None]], None]
    ) -> ExecutionResult:
        """Return the operation's data and errors; one that takes too long is cancelled, SQL and all.

        `on_start` is handed what abandons the operation, for when its client leaves; run then raises Abandoned.
        """
        abandoned = ended = False
        try:
            async with asyncio.timeout(self._timeout) as deadline:

                def abandon() -> None:
                    nonlocal abandoned
                    if not (ended or deadline.expired()):
                        abandoned = True
                        deadline.reschedule(asyncio.get_running_loop().time())

                on_start(abandon)
                try:
                    return await reference.run(self._schema, prepared.operation, prepared.variables, context)
                finally:
                    ended = True
        except TimeoutError:
            if abandoned:
                raise Abandoned from None
            error = OperationTimeoutError(f"The operation was cancelled after {self._timeout:g} seconds.")
            return ExecutionResult(data=None, errors=[GraphQLError(error.message, original_error=error)])
