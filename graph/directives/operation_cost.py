"""What an operation comes to: the most that it can cost, and what it did cost.

A list multiplies what is under it by the size that was asked for.
"""

from collections.abc import Container, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from graph.directives.cost import LEAF, LONGEST_LIST, REFUSED, ListSize, Weights, literal_weight


class CostModel:
    """Weighs the operations of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._weights = Weights()

    def cost(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        refused: Container[int] = (),
    ) -> float:
        """Return the most that a valid operation can weigh with these (coerced) variables.

        `refused` are the nodes of fields that the viewer may not use, by their identity.
        """
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return 0.0
        return _Walk(self._weights, self._schema, fragments, variables, refused).selections(
            operation.selection_set, root, {}
        )

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
                if field is None:
                    total += LEAF
                elif value is not None:
                    weight = self._weights.of(field)[0]
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


class _Walk:
    """One operation's cost: every fragment is counted once for each type and sizes that it is used under."""

    def __init__(
        self,
        weights: Weights,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        refused: Container[int],
    ) -> None:
        self._weights = weights
        self._refused = refused
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
            # __typename; __schema and __type are bounded by the limits on fields and depth.
            return LEAF
        weight, size = self._weights.of(field)
        if id(node) in self._refused:
            weight = REFUSED
        length = self._length(node, size)
        own = 1 if size.sized_fields else length
        multiplier = sizes.get(node.name.value, own)
        if node.selection_set:
            inner = dict.fromkeys(size.sized_fields, length)
            weight += self.selections(node.selection_set, get_named_type(field.type), inner)
        return self._inputs(node) + multiplier * weight

    def _inputs(self, node: FieldNode) -> float:
        """Return what reading the field's arguments weighs: it is done for each parent anew."""
        return sum(literal_weight(argument.value, self._variables) for argument in node.arguments or ())

    def _length(self, node: FieldNode, size: ListSize) -> int:
        if not node.arguments:
            return size.assumed_size
        values = {argument.name.value: argument.value for argument in node.arguments}
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


def _bounded(number: int) -> int:
    return min(max(number, 0), LONGEST_LIST)
