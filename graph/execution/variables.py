"""The quick way to an operation's variables, for values that are leaves or lists of leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLSchema,
    VariableDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A variable that is a leaf or a list of leaves."""

    name: str
    parse: Callable[[Any], Any]
    is_list: bool
    is_required: bool
    # What stands for a value that isn't given, by name; nothing where nothing does.
    default: Mapping[str, Any]


class Variables:
    """The variables that one operation defines."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        leaves = [_leaf(schema, definition) for definition in definitions]
        self._leaves = [leaf for leaf in leaves if leaf is not None]
        self._are_leaves = None not in leaves

    def quickly(self, given: Mapping[str, Any]) -> VariableValues | None:
        """Return the values as their types make them; None where graphql-core must look, which tells errors."""
        if not self._are_leaves:
            return None
        values: dict[str, Any] = {}
        try:
            for leaf in self._leaves:
                if leaf.name in given:
                    values[leaf.name] = _parsed(leaf, given[leaf.name])
                elif leaf.is_required and not leaf.default:
                    return None
                else:
                    values |= leaf.default
        except Exception:  # noqa: BLE001 - graphql-core will say what is wrong
            return None
        return VariableValues({}, values)


def _parsed(leaf: _Leaf, value: object) -> Any:  # noqa: ANN401 - what the type makes of it
    if leaf.is_list and isinstance(value, list):
        parse = leaf.parse
        return [parse(each) for each in value]
    if value is None or leaf.is_list:
        raise ValueError(leaf.name)
    return leaf.parse(value)


def _leaf(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Leaf | None:
    type_: Any = type_from_ast(schema, definition.type)
    inner: Any = get_nullable_type(type_)
    is_list = is_list_type(inner)
    if is_list:
        inner = get_nullable_type(inner.of_type)
    if not is_leaf_type(inner) or inner is not get_named_type(type_):
        return None
    default = get_variable_values(schema, [definition], {}) if definition.default_value else None
    return _Leaf(
        definition.variable.name.value,
        inner.parse_value,
        is_list,
        is_non_null_type(type_),
        default.coerced if isinstance(default, VariableValues) else {},
    )
