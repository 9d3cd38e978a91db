"""A dry run: an operation is told what it would cost, and nothing else of it is run."""

from typing import Final

from graph.execution.arguments import Values
from graph.execution.tree import Selection

# The field that tells what an operation costs, and its argument (as resolvers have it) that asks for nothing else.
FIELD: Final = "Query.rateLimit"
ARGUMENT: Final = "dry_run"


def telling_part(root: Selection) -> Selection | None:
    """Return the part of an operation that tells what it costs; None where none does."""
    fields = {key: each for key, each in root.fields.items() if each.fact.coordinate == FIELD}
    return Selection(root.type, fields, root.is_conditional) if fields else None


def is_dry(telling: Selection, values: Values) -> bool:
    """Return whether nothing but the part that tells is to be run."""
    return any(field.arguments.bind(values).get(ARGUMENT) for field, _ in telling.included(values))
