"""Reads rows of a file as inputs of a verb, and tells everything that is wrong with one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_non_null_type,
    is_required_input_field,
)

from graph.errors import ClientError
from graph.execution.facts import Facts
from graph.execution.inputs import readers_of
from graph.mutations.user_error import Problems, UserErrorCode

# Characters.
LONGEST_MESSAGE: Final = 300

Fault = tuple[UserErrorCode, str, tuple[str, ...]]


class InputReader:
    """Reads values of an input type; `purpose` says in messages what the input is for."""

    def __init__(self, facts: Facts, name: str, purpose: str) -> None:
        type_ = facts.schema.type_map[name]
        if not isinstance(type_, GraphQLInputObjectType):
            raise TypeError(f"{name} is no input type.")
        self._type = type_
        self._purpose = purpose
        self._read = readers_of(facts).of(type_)

    def read(self, row: Mapping[str, Any], problems: Problems) -> Any:  # noqa: ANN401 - an input
        """Return what a resolver is given for a row; None, and the problems are told, where it can't be that.

        A field that this type hasn't may be there as null: a table has a column for all of its rows.
        """
        given = {name: value for name, value in row.items() if value is not None or name in self._type.fields}
        try:
            return self._read(given)
        except Exception:
            for code, message, way in self._faults(given):
                problems.add(code, message, *way)
            if not problems.found:
                raise
            return None

    def _faults(self, given: Mapping[str, Any]) -> Iterator[Fault]:
        for name in sorted(given.keys() - self._type.fields.keys()):
            yield UserErrorCode.INVALID, f"{name} can't be given {self._purpose}.", (name,)
        yield from _faults_of(self._type, given, ())


def _faults_of(type_: GraphQLInputType, value: Any, way: tuple[str, ...]) -> Iterator[Fault]:  # noqa: ANN401 - any JSON
    """Yield what is wrong with a value that is given for a type."""
    named = get_named_type(type_)
    if value is None:
        if is_non_null_type(type_):
            yield UserErrorCode.BLANK, f"{way[-1]} is needed.", way
    elif not is_input_object_type(named):
        yield from _faults_of_leaf(named, value, way)
    elif not isinstance(value, dict):
        yield UserErrorCode.INVALID, f"{way[-1]} is not an object.", way
    else:
        for name, field in named.fields.items():
            if name in value:
                yield from _faults_of(field.type, value[name], (*way, name))
            elif is_required_input_field(field):
                yield UserErrorCode.BLANK, f"{name} is needed.", (*way, name)


def _faults_of_leaf(type_: Any, value: object, way: tuple[str, ...]) -> Iterator[Fault]:  # noqa: ANN401 - a leaf
    try:
        type_.coerce_input_value(value)
    except (ClientError, GraphQLError) as error:
        if is_enum_type(type_):
            yield UserErrorCode.INVALID, f"{way[-1]} is none of {', '.join(type_.values)}.", way
            return
        # Some of them repeat the value, however long it is.
        yield UserErrorCode.INVALID, error.message[:LONGEST_MESSAGE], way
