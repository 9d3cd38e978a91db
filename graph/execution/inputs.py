"""What resolvers are given for a value: made from JSON in one step, or from what graphql-core coerced."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from strawberry import UNSET

from graph.execution.facts import Facts

# Makes a value of JSON what resolvers are given; raises whatever it likes where that can't be done, since
# graphql-core will say what is wrong.
Reader = Callable[[Any], Any]


def convert(facts: Facts, type_: GraphQLInputType, value: Any) -> Any:  # noqa: ANN401 - of any type
    """Return what a resolver is given for a value that graphql-core has coerced."""
    if value is None:
        return None
    if is_non_null_type(type_):
        return convert(facts, type_.of_type, value)
    if is_list_type(type_):
        return [convert(facts, type_.of_type, each) for each in value]
    if not is_input_object_type(type_):
        return value
    fact = facts.input(type_)
    members = {fact.names[name]: convert(facts, type_.fields[name].type, each) for name, each in value.items()}
    return fact.make(**{**fact.implied, **members})


def as_json(facts: Facts, type_: GraphQLInputType, value: Any) -> Any:  # noqa: ANN401 - of any type
    """Return the JSON that a resolver is given a value for: it can be kept, and read once more as a variable."""
    if value is None:
        return None
    if is_non_null_type(type_):
        return as_json(facts, type_.of_type, value)
    if is_list_type(type_):
        return [as_json(facts, type_.of_type, each) for each in value]
    if not is_input_object_type(type_):
        return type_.serialize(value)  # type: ignore[union-attr]  # a leaf is left
    given = {name: getattr(value, python_name) for name, python_name in facts.input(type_).names.items()}
    return {
        name: as_json(facts, type_.fields[name].type, each) for name, each in given.items() if each is not UNSET
    }


@lru_cache(maxsize=8)
def readers_of(facts: Facts) -> "Readers":
    """Return the readers of a schema's input types."""
    return Readers(facts)


class Readers:
    """What reads values of each input type; those of input objects, which may hold themselves, are kept."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._objects: dict[str, Reader] = {}

    def of(self, type_: GraphQLInputType) -> Reader:
        """Return what reads values of a type."""
        if is_non_null_type(type_):
            return _required(self._present(type_.of_type))
        read = self._present(type_)
        return lambda value: None if value is None else read(value)

    def _present(self, type_: GraphQLInputType) -> Reader:
        """Return the reader of values that are not null."""
        if is_list_type(type_):
            return _listed(self.of(type_.of_type))
        if is_input_object_type(type_):
            return self._object(type_)
        leaf: Reader = type_.coerce_input_value  # type: ignore[union-attr]  # a leaf is left
        return leaf

    def _object(self, type_: GraphQLInputObjectType) -> Reader:
        known = self._objects
        if type_.name in known:
            # It may be one round this one, which isn't whole yet.
            return lambda value: known[type_.name](value)  # noqa: PLW0108 - looked up when it is called
        known[type_.name] = _unread
        fact = self._facts.input(type_)
        members = {name: (fact.names[name], self.of(each.type)) for name, each in type_.fields.items()}
        required = frozenset(name for name, each in type_.fields.items() if is_required_input_field(each))

        def read(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an input object
            if not required <= value.keys() or type_.is_one_of:
                raise ValueError(type_.name)
            made: dict[str, Any] = dict(fact.implied)
            for name, each in value.items():
                python_name, read_member = members[name]
                made[python_name] = read_member(each)
            return fact.make(**made)

        known[type_.name] = read
        return read


def _unread(_value: object) -> Any:  # noqa: ANN401 - none
    raise ValueError


def _required(read: Reader) -> Reader:
    def read_required(value: object) -> Any:  # noqa: ANN401 - of any type
        if value is None:
            raise ValueError
        return read(value)

    return read_required


def _listed(read: Reader) -> Reader:
    def read_list(value: object) -> list[Any]:
        if not isinstance(value, list):
            # A single value that stands for a list of one is rare.
            raise TypeError
        return [read(each) for each in value]

    return read_list
