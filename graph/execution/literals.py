"""Whether the values written in a document surely fit their types, and which variables stand among them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphql import (
    ArgumentNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
    validate_input_literal,
)


class Usage(NamedTuple):
    """A variable where a value of some type is expected, and what stands in its place where it isn't given."""

    variable: str
    type: GraphQLInputType
    default: object


def arguments_fit(
    nodes: Sequence[ArgumentNode], declared: Mapping[str, GraphQLArgument], usages: list[Usage]
) -> bool:
    """Return whether arguments surely are those declared, each at most once; adds their variables to `usages`."""
    required = [name for name, argument in declared.items() if is_required_argument(argument)]
    return _members_fit(nodes, declared, required, usages)


def value_fits(node: ValueNode, type_: GraphQLInputType, usages: list[Usage], default: object = Undefined) -> bool:
    """Return whether a value surely is of a type; adds its variables to `usages`."""
    if isinstance(node, VariableNode):
        usages.append(Usage(node.name.value, type_, default))
        return True
    if is_non_null_type(type_):
        return not isinstance(node, NullValueNode) and value_fits(node, type_.of_type, usages)
    if isinstance(node, NullValueNode):
        return True
    if is_list_type(type_):
        # A single value stands for a list of one.
        values = node.values if isinstance(node, ListValueNode) else (node,)
        return all(value_fits(each, type_.of_type, usages) for each in values)
    if is_input_object_type(type_):
        required = [name for name, field in type_.fields.items() if is_required_input_field(field)]
        return (
            isinstance(node, ObjectValueNode)
            and not type_.is_one_of
            and _members_fit(node.fields, type_.fields, required, usages)
        )
    # JSON is lists and objects too; what stands for a variable in them depends on the scalar.
    return _is_plain(node) and _is_accepted(node, type_)


def _is_plain(node: ValueNode) -> bool:
    """Return whether no variable stands in a value, and each member of its objects once."""
    match node:
        case VariableNode():
            return False
        case ListValueNode(values=values):
            return all(map(_is_plain, values))
        case ObjectValueNode(fields=members):
            names = {each.name.value for each in members}
            return len(names) == len(members) and all(_is_plain(each.value) for each in members)
        case _:
            return True


def _is_accepted(node: ValueNode, type_: GraphQLInputType) -> bool:
    faults: list[str] = []

    def on_fault(error: GraphQLError, _path: object) -> None:
        faults.append(error.message)
        if error.original_error:
            # The frame that it came through holds it as well; both would be left to the collector.
            error.original_error.__traceback__ = None

    validate_input_literal(node, type_, on_fault)
    return not faults


def _members_fit(
    nodes: Sequence[ArgumentNode] | Sequence[ObjectFieldNode],
    declared: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    required: Sequence[str],
    usages: list[Usage],
) -> bool:
    given = {node.name.value: node.value for node in nodes}
    return (
        len(given) == len(nodes)
        and given.keys() <= declared.keys()
        and given.keys() >= set(required)
        and all(
            value_fits(value, declared[name].type, usages, _default_of(declared[name]))
            for name, value in given.items()
        )
    )


def _default_of(place: GraphQLArgument | GraphQLInputField) -> object:
    return place.default_value if place.default is None else place.default
