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
    """Return the operation's data and errors."""
    result = execute(
        schema,
        operation.document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation.name,
    )
    return await result if inspect.isawaitable(result) else result
