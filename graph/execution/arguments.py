"""The arguments of a field as its resolver takes them: made once where they are literal, else for each request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF

Bound = Mapping[str, Any]

_NONE = VariableValues({}, {})


@dataclass(frozen=True, slots=True)
class Direct:
    """An argument whose value is a variable, as it is: nothing is to be made of it."""

    python_name: str
    variable: str
    is_required: bool
    has_default: bool


class Arguments:
    """How the arguments of one field of an operation are bound; `fixed` are further ones that never change."""

    def __init__(self, schema: GraphQLSchema, field: GraphQLField, node: FieldNode, fixed: dict[str, Any]) -> None:
        self._schema: Schema = schema.extensions[BACKREF]
        self._field = field
        self._node = node
        self._fixed = fixed
        nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
        varying = {name: field.args[name] for name, value in nodes.items() if holds_variable(value)}
        # None for arguments that must be made anew for each request.
        self.constant: Bound | None = None if varying else fixed | self._converted(field.args, _NONE)
        self._direct = self._directly(varying, nodes)
        unvarying = {name: argument for name, argument in field.args.items() if name not in varying}
        self._literal = fixed | self._converted(unvarying, _NONE) if self._direct else fixed

    def bind(self, variables: VariableValues) -> Bound:
        """Return the arguments with the operation's variables, coerced; raises what graphql-core raises."""
        if self.constant is not None:
            return self.constant
        bound = dict(self._literal)
        for each in self._direct:
            given = each.variable in variables.coerced
            value = variables.coerced[each.variable] if given else None
            if value is None and (each.is_required or (each.has_default and not given)):
                break
            if given:
                bound[each.python_name] = value
        else:
            if self._direct:
                return bound
        return self._fixed | self._converted(self._field.args, variables)

    def _converted(self, arguments: Mapping[str, GraphQLArgument], variables: VariableValues) -> dict[str, Any]:
        if not arguments:
            return {}
        values = get_argument_values(GraphQLField(self._field.type, dict(arguments)), self._node, variables)
        declared = self._field.extensions[BACKREF].arguments
        registry = self._schema.schema_converter.scalar_registry
        return convert_arguments(values, declared, registry, self._schema.config)

    def _directly(self, varying: Mapping[str, GraphQLArgument], nodes: Mapping[str, ValueNode]) -> list[Direct]:
        """Return the varying arguments where each is a variable of leaves, else none."""
        if not varying:
            return []
        names = self._schema.config.name_converter
        python = {
            names.from_argument(each): each.python_name for each in self._field.extensions[BACKREF].arguments
        }
        found = []
        for name, argument in varying.items():
            value = nodes[name]
            if not isinstance(value, VariableNode) or not is_leaf_type(get_named_type(argument.type)):
                return []
            has_default = argument.default_value not in (None, Undefined)
            required = is_non_null_type(argument.type)
            found.append(Direct(python[name], value.name.value, required, has_default))
        return found


def holds_variable(node: ValueNode) -> bool:
    """Return whether a value depends on a variable."""
    if isinstance(node, VariableNode):
        return True
    if isinstance(node, ListValueNode):
        return any(map(holds_variable, node.values))
    return isinstance(node, ObjectValueNode) and any(holds_variable(field.value) for field in node.fields)
