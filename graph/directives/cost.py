"""@cost and @listSize: what a field weighs, how long its lists are, and what an operation comes to.

After IBM's cost directives (https://ibm.github.io/graphql-specs/cost-spec.html): an object weighs 1 and a leaf
0 unless @cost says otherwise, and a list multiplies what is under it by the size that was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
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


# What one value of a list among the arguments weighs.
LISTED = 0.1

# No list is longer; an argument that asks for more is refused by name when it is read.
LONGEST_LIST = 1_000


class CostModel:
    """The weights and sizes of a schema's fields, read from its directives once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fields: dict[int, tuple[float, ListSize]] = {}

    def of(self, field: GraphQLField) -> tuple[float, ListSize]:
        """Return a field's own weight and the size of its list."""
        found = self._fields.get(id(field))
        if found is None:
            found = self._fields[id(field)] = _declared(field)
        return found

    def cost(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> float:
        """Return the most that a valid operation can weigh with these (coerced) variables."""
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return 0.0
        return _Walk(self, self._schema, fragments, variables).selections(operation.selection_set, root, {})

    def actual(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        data: Mapping[str, Any] | None,
    ) -> float:
        """Return what an operation weighed, by the lists that it got."""
        root = self._schema.get_root_type(operation.operation)
        if root is None or data is None:
            return 0.0
        return self._weighed(operation.selection_set, fragments, root, data)

    def _weighed(
        self,
        node: SelectionSetNode | None,
        fragments: Mapping[str, FragmentDefinitionNode],
        parent: GraphQLNamedType,
        data: Mapping[str, Any],
    ) -> float:
        total = 0.0
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                field = getattr(parent, "fields", {}).get(selection.name.value)
                value = data.get((selection.alias or selection.name).value)
                if field is not None and value is not None:
                    weight = self.of(field)[0]
                    for item in value if isinstance(value, list) else [value]:
                        inner = item if isinstance(item, dict) else {}
                        type_ = get_named_type(field.type)
                        total += weight + self._weighed(selection.selection_set, fragments, type_, inner)
                continue
            fragment = fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
            if isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode):
                type_ = narrowed(self._schema, fragment, parent)
                total += self._weighed(fragment.selection_set, fragments, type_, data)
        return total


def narrowed(
    schema: GraphQLSchema, fragment: FragmentDefinitionNode | InlineFragmentNode, parent: GraphQLNamedType
) -> GraphQLNamedType:
    """Return the type that a fragment's fields are of."""
    condition = fragment.type_condition
    return (schema.get_type(condition.name.value) if condition else None) or parent


def _declared(field: GraphQLField) -> tuple[float, ListSize]:
    definition = field.extensions.get(BACKREF) if field.extensions else None
    directives: Sequence[object] = getattr(definition, "directives", ())
    weight = next((float(each.weight) for each in directives if isinstance(each, Cost)), None)
    size = next((each for each in directives if isinstance(each, ListSize)), None)
    if weight is None:
        weight = 0.0 if is_leaf_type(get_named_type(field.type)) else 1.0
    if size is None:
        size = _SHORT if is_list_type(get_nullable_type(field.type)) else _UNSIZED
    return weight, size


class _Walk:
    """One operation's cost: every fragment is counted once for each type and sizes that it is used under."""

    def __init__(
        self,
        model: CostModel,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._model = model
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[tuple[str, str, tuple[tuple[str, int], ...]], float] = {}

    def selections(
        self, node: SelectionSetNode | None, parent: GraphQLNamedType, sizes: Mapping[str, int]
    ) -> float:
        """Return the cost of a selection set; `sizes` are those of fields that the parent sized."""
        total = 0.0
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                total += self._field(selection, parent, sizes)
            elif isinstance(selection, FragmentSpreadNode):
                total += self._spread(selection.name.value, sizes)
            elif isinstance(selection, InlineFragmentNode):
                total += self.selections(selection.selection_set, narrowed(self._schema, selection, parent), sizes)
        return total

    def _spread(self, name: str, sizes: Mapping[str, int]) -> float:
        fragment = self._fragments[name]
        condition = fragment.type_condition.name.value
        key = (name, condition, tuple(sorted(sizes.items())))
        if key not in self._known:
            parent = self._schema.get_type(condition)
            self._known[key] = self.selections(fragment.selection_set, parent, sizes) if parent else 0.0
        return self._known[key]

    def _field(self, node: FieldNode, parent: GraphQLNamedType, sizes: Mapping[str, int]) -> float:
        field = getattr(parent, "fields", {}).get(node.name.value)
        if field is None:
            # __typename costs nothing; __schema and __type are bounded by the limits on fields and depth.
            return 0.0
        weight, size = self._model.of(field)
        length = self._length(node, size)
        own = 1 if size.sized_fields else length
        multiplier = sizes.get(node.name.value, own)
        inner = dict.fromkeys(size.sized_fields, length)
        below = self.selections(node.selection_set, get_named_type(field.type), inner)
        return self._inputs(node) + multiplier * (weight + below)

    def _inputs(self, node: FieldNode) -> float:
        """Return what reading the field's arguments weighs: it is done for each parent anew."""
        return sum(literal_weight(argument.value, self._variables) for argument in node.arguments or ())

    def _length(self, node: FieldNode, size: ListSize) -> int:
        values = {argument.name.value: argument.value for argument in node.arguments or ()}
        given = [self._number(values[name]) for name in size.slicing_arguments if name in values]
        return max((number for number in given if number is not None), default=size.assumed_size)

    def _number(self, value: ValueNode) -> int | None:
        """Return the number that an argument asks for: an integer itself, a list's length."""
        if isinstance(value, IntValueNode):
            return _bounded(int(value.value))
        if isinstance(value, ListValueNode):
            return len(value.values)
        if isinstance(value, VariableNode):
            found = self._variables.get(value.name.value)
            if isinstance(found, int):
                return _bounded(found)
            return len(found) if isinstance(found, list) else None
        if isinstance(value, NullValueNode):
            return None
        # A single value where a list is expected stands for a list of one.
        return 1


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
        return sum(LISTED + value_weight(each) for each in value)
    if is_dataclass(value):
        return 1 + sum(value_weight(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, dict):
        return 1 + sum(map(value_weight, value.values()))
    return 0.0


def _bounded(number: int) -> int:
    return min(max(number, 0), LONGEST_LIST)
