"""@cost and @listSize: what a field weighs, how long its lists are, and what its arguments weigh.

After IBM's cost directives (https://ibm.github.io/graphql-specs/cost-spec.html): an object weighs 1 unless @cost
says otherwise. A leaf weighs a tenth, where IBM's weighs nothing: see docs/decisions/0009.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import strawberry
from graphql import (
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)
from strawberry.schema_directive import Location

BACKREF = "strawberry-definition"


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="cost", description="What asking for this field once weighs."
)
class Cost:
    """A field's own weight."""

    weight: str = strawberry.directive_field(name="weight")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many items a list has: as many as an argument asks for, else as many as are assumed.",
)
class ListSize:
    """A list's size: the field itself where it is a list, else the named fields under it."""

    assumed_size: int = strawberry.directive_field(name="assumedSize")
    slicing_arguments: list[str] = strawberry.directive_field(name="slicingArguments")
    sized_fields: list[str] = strawberry.directive_field(name="sizedFields")


# A field without either.
_UNSIZED = ListSize(assumed_size=1, slicing_arguments=[], sized_fields=[])
# What stands for a list that nothing is said of: those inside a row, such as its taxonomies.
_SHORT = ListSize(assumed_size=3, slicing_arguments=[], sized_fields=[])


# Values that hold no others.
_LEAVES = frozenset({str, int, float, bool, type(None)})

# What a leaf weighs, one value of a list among the arguments, and a field that the viewer may not use, whatever it
# would weigh else: an error with its place takes some 100 us.
LEAF = 0.1
LISTED = 0.1
REFUSED = 4.0

# No list is longer, in an answer or among the arguments; one that is gets refused by name when it is read.
LONGEST_LIST = 1_000


class Weights:
    """The weights and sizes of a schema's fields, read from its directives once."""

    def __init__(self) -> None:
        self._fields: dict[int, tuple[float, ListSize]] = {}

    def of(self, field: GraphQLField) -> tuple[float, ListSize]:
        """Return a field's own weight and the size of its list."""
        found = self._fields.get(id(field))
        if found is None:
            found = self._fields[id(field)] = _declared(field)
        return found


def _declared(field: GraphQLField) -> tuple[float, ListSize]:
    definition = field.extensions.get(BACKREF) if field.extensions else None
    directives: Sequence[object] = getattr(definition, "directives", ())
    weight = next((float(each.weight) for each in directives if isinstance(each, Cost)), None)
    size = next((each for each in directives if isinstance(each, ListSize)), None)
    if weight is None:
        weight = LEAF if is_leaf_type(get_named_type(field.type)) else 1.0
    if size is None:
        size = _SHORT if is_list_type(get_nullable_type(field.type)) else _UNSIZED
    return weight, size


def literal_weight(node: ValueNode, variables: Mapping[str, Any]) -> float:
    """Return what reading an argument's value weighs: 1 for an object, a tenth for a listed value."""
    if isinstance(node, VariableNode):
        return value_weight(variables.get(node.name.value))
    if isinstance(node, ObjectValueNode):
        return 1 + sum(literal_weight(field.value, variables) for field in node.fields)
    if isinstance(node, ListValueNode):
        return sum(LISTED + literal_weight(each, variables) for each in node.values)
    return 0.0


def value_weight(value: object) -> float:
    """Return the same for the value of a variable, coerced."""
    if isinstance(value, list):
        inner = 0.0 if _LEAVES.issuperset(map(type, value)) else sum(map(value_weight, value))
        return LISTED * len(value) + inner
    if is_dataclass(value):
        return 1 + sum(value_weight(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, dict):
        return 1 + sum(map(value_weight, value.values()))
    return 0.0


def measure(value: object) -> tuple[int, float]:
    """Return all that a cost can depend on in a variable: the size that it asks for, and what reading it weighs.

    The size of what is neither a number nor a list is -1.
    """
    if isinstance(value, int):
        return value, 0.0
    if isinstance(value, list):
        return len(value), value_weight(value)
    return -1, value_weight(value)
