"""An operation run by graphql-core: introspection, what a plan can't do, and what tests compare with."""

import inspect
from collections.abc import Mapping
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute,
)
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.pyutils import Path

from graph.context import Context
from graph.execution.document import Operation
from graph.execution.source import parse_source
from graph.execution.sources import Read
from graph.execution.tree import Occurrence
from graph.loaders import Loaders
from graph.roles.guard import Guard
from graph.roles.views import Views


class Oracle:
    """Runs operations on graphql-core; who asks for the schema is shown the part that it may use."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._views = Views(schema)

    async def run(
        self,
        operation: Operation,
        variables: Mapping[str, Any],
        refused: Mapping[Occurrence, Guard],
        context: Context,
    ) -> ExecutionResult:
        """Return the operation's data and errors; what was begun for it ends with it, even if cancelled."""
        if context.explanation is not None:
            context = context.explanation.watch(None, context)
        context.loaders = Loaders()
        context.refused = {place.position: guard for place, guard in refused.items()}
        try:
            result = execute(
                self._schema,
                parse_source(operation.source, None),
                context_value=context,
                variable_values=dict(variables),
                operation_name=operation.name,
                executor_class=self._executor(operation, context),
                hide_suggestions=True,
            )
            return await result if inspect.isawaitable(result) else result
        finally:
            context.loaders.cancel()

    def _executor(self, operation: Operation, context: Context) -> type[ExecutorThrowingOnIncremental] | None:
        """Return an executor that shows the meta-fields of introspection the viewer's part of the schema.

        What stands below a root field that moved to another context is resolved there. None where graphql-core's
        own will do.
        """
        may_move = any(
            isinstance(each.fact.source, Read) and each.fact.source.move for each in operation.root.fields.values()
        )
        if not operation.introspects and not may_move:
            return None
        view = self._views.of(context.viewer.roles)

        class Executor(ExecutorThrowingOnIncremental):
            def build_resolve_info(
                self,
                field_def: GraphQLField,
                field_nodes: list[FieldNode],
                parent_type: GraphQLObjectType,
                path: Path,
            ) -> GraphQLResolveInfo[Any]:
                info = super().build_resolve_info(field_def, field_nodes, parent_type, path)
                is_meta = info.field_name in {"__schema", "__type"} or parent_type.name.startswith("__")
                if is_meta:
                    return info._replace(schema=view)
                moved = context.moved and context.moved.get(root_key(path))
                return info._replace(context=moved) if moved else info

        return Executor


def root_key(path: Path) -> str:
    """Return the response name of the root field that a path leads through."""
    while path.prev is not None:
        path = path.prev
    return str(path.key)
