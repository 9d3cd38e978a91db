"""An operation run by graphql-core, field by field."""

import inspect
from collections.abc import Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, execute

from graph.context import Context
from graph.execution.operation import Operation


async def run(
    schema: GraphQLSchema, operation: Operation, variables: Mapping[str, Any], context: Context
) -> ExecutionResult:
    """Return the operation's data and errors; what was begun for it ends with it, also when it is cancelled."""
    try:
        result = execute(
            schema,
            operation.document.node,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation.name,
            hide_suggestions=True,
        )
        return await result if inspect.isawaitable(result) else result
    finally:
        context.loaders.cancel()
