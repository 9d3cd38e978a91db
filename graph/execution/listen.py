"""What a subscription listens to: the feed of its one field, from where its client left off."""

from graphql import ExecutionResult, GraphQLError

from graph.context import Context
from graph.errors import BadUserInputError
from graph.execution.arguments import UnboundError, Values, variables_in
from graph.execution.refusals import refusals_in
from graph.execution.run import Prepared
from graph.execution.sources import Feed, Read
from graph.execution.tree import Field, fields_in


async def listen(prepared: Prepared, context: Context, after: str | None = None) -> Feed | ExecutionResult:
    """Return the feed of a subscription, or the errors that are its only answer.

    `after` is the cursor that its client has come to since it wrote the operation.
    """
    context.viewer = prepared.viewer
    if refusals := refusals_in(prepared.operation, prepared.values, prepared.refused):
        return ExecutionResult(data=None, errors=refusals)
    # A valid one has one field, and leaves it to no variable whether it has.
    [(field, places)] = prepared.operation.root.included(prepared.values)
    try:
        return await _feed_of(field, prepared, context, after)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the field's error
        positions = [each.position for each in places]
        message = str(getattr(error, "message", error))
        source = prepared.operation.source
        told = GraphQLError(message, source=source, positions=positions, path=[field.key], original_error=error)
        return ExecutionResult(data=None, errors=[told])


async def _feed_of(field: Field, prepared: Prepared, context: Context, after: str | None) -> Feed:
    source = field.fact.source
    if not isinstance(source, Read) or source.feed is None:
        raise TypeError(f"{field.fact.coordinate} tells nothing.")
    try:
        arguments = field.arguments.bind(prepared.values)
    except UnboundError:
        raise BadUserInputError(f"{field.key} needs a value that its variables leave null.") from None
    return await source.feed(context, **(arguments if after is None else {**arguments, "after": after}))


def values_below(prepared: Prepared) -> Values:
    """Return the variables that answers depend on: all but those that only say what is listened to."""
    operation = prepared.operation
    below = [each for each in fields_in(operation.root) if each.fact.parent != operation.root.type.name]
    names = {*operation.conditions}
    for each in below:
        names |= {name for given, _ in each.arguments.varying.values() for name in variables_in(given)}
    return {name: value for name, value in prepared.values.items() if name in names}
