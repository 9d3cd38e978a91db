"""Whom an answer is good for: everyone with the same roles, or the viewer alone."""

from graph.execution.document import Operation
from graph.execution.tree import fields_in


def is_shared(operation: Operation) -> bool:
    """Return whether an operation's answer is the same for everyone with the same roles."""
    if operation.is_shared is None:
        is_private = any(each.fact.is_private for each in fields_in(operation.root))
        operation.is_shared = operation.is_query and not is_private
    return operation.is_shared
