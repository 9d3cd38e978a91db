"""What an operation is refused as a whole for: root fields that the viewer may not use and that can't be null."""

from collections.abc import Mapping

from graphql import GraphQLError, is_non_null_type

from graph.execution.arguments import Values
from graph.execution.document import Operation
from graph.execution.tree import Occurrence
from graph.roles.guard import Guard


def refusals_in(operation: Operation, values: Values, refused: Mapping[Occurrence, Guard]) -> list[GraphQLError]:
    """Return an error for each root field that is refused but can't be null: no other is worth asking."""
    errors = []
    for field, places in operation.root.included(values):
        refusing = [refused[each] for each in places if each in refused]
        if refusing and is_non_null_type(field.fact.type):
            error = refusing[0].error()
            positions = [each.position for each in places]
            errors.append(
                GraphQLError(
                    error.message,
                    source=operation.source,
                    positions=positions,
                    path=[field.key],
                    original_error=error,
                )
            )
    return errors
