"""Whom an answer is good for: everyone with the same roles, or the viewer alone."""

from graph.execution.tree import Selection, fields_in


def is_public(root: Selection) -> bool:
    """Return whether nothing in an operation is the viewer's alone."""
    return not any(each.fact.is_private for each in fields_in(root))
