"""An example of each part of the schema: its own, its scalar's, or that of others of its name."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_list_type,
    is_scalar_type,
)

from graph.execution.facts import elements_of, examples_in

Element = GraphQLField | GraphQLArgument | GraphQLInputField

# Stands for no example: of an object, whose parts have their own.
NONE: Final = object()

# Of the scalars that every schema has; texts and ids say nothing by themselves.
BUILT_IN: Final[Mapping[str, object]] = {"Int": 10, "Float": 1.5, "Boolean": True}
TEXTS: Final = frozenset({"String", "ID"})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an example stands: its value, and what the place says of itself."""

    value: str
    description: str


class Examples:
    """The examples of a schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._declared = examples_in(schema)
        self._defaults: dict[str, bool | int | float] = {}
        self._alike: dict[tuple[str, str], list[_Place]] = defaultdict(list)
        for coordinate, element in elements_of(schema):
            default = getattr(element, "default_value", None)
            if isinstance(default, bool | int | float):
                self._defaults[coordinate] = default
            if coordinate in self._declared and isinstance(element, Element):
                named = get_named_type(element.type).name
                place = _Place(self._declared[coordinate], element.description or "")
                self._alike[_name_in(coordinate), named].append(place)

    def of(self, coordinate: str, element: Element) -> Any:  # noqa: ANN401 - a value of JSON
        """Return an example of a field, argument or input field, as JSON has it; NONE of an object."""
        item = self.item(coordinate, element)
        is_list = is_list_type(get_nullable_type(element.type))
        return [item] if is_list and item is not NONE else item

    def item(self, coordinate: str, element: Element) -> Any:  # noqa: ANN401 - a value of JSON
        """Return the same of one item, where it is a list."""
        named = get_named_type(element.type)
        text = self._text(coordinate, element, named)
        if text is not None:
            return value_of(named, text)
        if coordinate in self._defaults:
            return self._defaults[coordinate]
        if is_enum_type(named):
            return next(iter(named.values))
        return BUILT_IN.get(named.name, NONE)

    def of_scalar(self, scalar: GraphQLScalarType) -> Any:  # noqa: ANN401 - a value of JSON
        """Return an example of a scalar; NONE of texts, ids and JSON, which can be anything."""
        text = self._declared.get(scalar.name)
        return BUILT_IN.get(scalar.name, NONE) if text is None else value_of(scalar, text)

    def _text(self, coordinate: str, element: Element, named: GraphQLNamedType) -> str | None:
        own = self._declared.get(coordinate)
        if own is not None:
            return own
        if named.name in self._declared:
            return self._declared[named.name]
        places = self._alike.get((_name_in(coordinate), named.name), [])
        said_alike = [each for each in places if each.description == element.description]
        values = {each.value for each in said_alike or places}
        return values.pop() if len(values) == 1 else None


@lru_cache(maxsize=8)
def examples_of(schema: GraphQLSchema) -> Examples:
    """Return a schema's examples."""
    return Examples(schema)


def value_of(type_: GraphQLNamedType, text: str) -> Any:  # noqa: ANN401 - a value of JSON
    """Return what an example's text stands for, of a type."""
    is_text = type_.name in TEXTS or (is_scalar_type(type_) and type_.name not in {*BUILT_IN, "JSON"})
    return text if is_text or is_enum_type(type_) else orjson.loads(text)


def _name_in(coordinate: str) -> str:
    """Return the last name of a coordinate."""
    return coordinate.rpartition("(")[2].rstrip(":)").rpartition(".")[2]
