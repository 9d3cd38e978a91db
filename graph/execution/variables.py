"""The variables of an operation: read once, from JSON to what resolvers are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    VariableDefinitionNode,
    get_variable_values,
    is_input_type,
    is_non_null_type,
    type_from_ast,
    value_from_ast_untyped,
)

from graph.execution.arguments import Values
from graph.execution.facts import Facts, is_usage_allowed
from graph.execution.inputs import Reader, convert, readers_of
from graph.execution.literals import Usage, value_fits
from graph.execution.validation import MAX_ERRORS


@dataclass(frozen=True, slots=True)
class _Variable:
    """One variable: how it is read, and what stands for it where it isn't given, if anything does."""

    name: str
    type: GraphQLInputType
    read: Reader
    is_required: bool
    default: Mapping[str, Any]


def fit_usages(schema: GraphQLSchema, nodes: Sequence[VariableDefinitionNode], usages: Sequence[Usage]) -> bool:
    """Return whether variables surely are defined once, used, and fit where they are used."""
    definitions = {node.variable.name.value: node for node in nodes}
    types = {name: _sure_type_of(schema, node) for name, node in definitions.items()}
    used = {usage.variable for usage in usages}
    if len(definitions) < len(nodes) or used != definitions.keys() or None in types.values():
        return False
    return all(
        is_usage_allowed(schema, types[usage.variable], definitions[usage.variable].default_value, usage)
        for usage in usages
    )


def _sure_type_of(schema: GraphQLSchema, node: VariableDefinitionNode) -> Any:  # noqa: ANN401 - an input type
    """Return a variable's type; None where the definition isn't surely right."""
    type_ = type_from_ast(schema, node.type)
    if not is_input_type(type_) or node.directives:
        return None
    is_right = node.default_value is None or value_fits(node.default_value, type_, [])
    return type_ if is_right else None


class Variables:
    """The variables that one operation of a valid document defines."""

    def __init__(self, facts: Facts, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._facts = facts
        self._definitions = definitions
        self._variables = [_variable(facts, each) for each in definitions]

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Return the defaults that there are, as JSON has them."""
        return {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in self._definitions
            if each.default_value is not None
        }

    @property
    def types(self) -> Mapping[str, GraphQLInputType]:
        """Return their types by name."""
        return {each.name: each.type for each in self._variables}

    def read(self, given: Mapping[str, Any]) -> Values | list[GraphQLError]:
        """Return the values as resolvers take them, or what is wrong with them."""
        values: dict[str, Any] = {}
        try:
            for each in self._variables:
                if each.name in given:
                    values[each.name] = each.read(given[each.name])
                elif each.is_required and not each.default:
                    return self._read_exactly(given)
                else:
                    values |= each.default
        except Exception:  # noqa: BLE001 - graphql-core says what is wrong
            return self._read_exactly(given)
        return values

    def _read_exactly(self, given: Mapping[str, Any]) -> Values | list[GraphQLError]:
        """Do the same as graphql-core does, which knows each rule and tells each error."""
        found = get_variable_values(
            self._facts.schema, self._definitions, dict(given), max_errors=MAX_ERRORS, hide_suggestions=True
        )
        if isinstance(found, list):
            return found
        types = self.types
        return {name: convert(self._facts, types[name], value) for name, value in found.coerced.items()}


def _variable(facts: Facts, node: VariableDefinitionNode) -> _Variable:
    name, type_ = node.variable.name.value, _type_of(facts.schema, node)
    default: Mapping[str, Any] = {}
    if node.default_value is not None:
        found = get_variable_values(facts.schema, [node], {})
        default = {} if isinstance(found, list) else {name: convert(facts, type_, found.coerced[name])}
    return _Variable(name, type_, readers_of(facts).of(type_), is_non_null_type(type_), default)


def _type_of(schema: GraphQLSchema, node: VariableDefinitionNode) -> Any:  # noqa: ANN401 - an input type, as the document is valid
    return type_from_ast(schema, node.type)
