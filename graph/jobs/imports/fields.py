"""The fields that a row of a file can have: those of the inputs of the verbs that write it, by their paths."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLNamedType, get_named_type, is_input_object_type

from graph.errors import BadUserInputError
from graph.execution.facts import Facts
from graph.roles.guard import Guard

# Between the names of a path.
DOT = "."


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the names that lead to it, its type, and what guards it, if anything does."""

    way: tuple[str, ...]
    type: GraphQLNamedType
    guard: Guard | None


class Fields:
    """The fields of some input types, as far as a viewer's roles open them."""

    def __init__(self, facts: Facts, types: Sequence[str], roles: Collection[str]) -> None:
        found = [each for name in types for each in _fields_of(facts, facts.schema.type_map[name], ())]
        self._by_path = {DOT.join(each.way): each for each in found}
        self._roles = frozenset(roles)

    def find(self, path: str, where: str) -> Field:
        """Return the field with a path, which stands at `where` in the file.

        Raises BadUserInputError for an unknown one, ForbiddenError for one that the viewer may not use.
        """
        field = self._by_path.get(path)
        if field is None:
            near = get_close_matches(path, self._by_path, n=3) or sorted(self._by_path)
            raise BadUserInputError(f"{where} has the unknown field {path[:100]}; known are {', '.join(near)}.")
        if field.guard is not None and not field.guard.opens_to(self._roles):
            raise field.guard.error()
        return field

    def check(self, row: Mapping[str, Any], where: str, way: tuple[str, ...] = ()) -> None:
        """Raise what `find` raises for a field of a row, or of an object in it."""
        for name, value in row.items():
            here = (*way, name)
            field = self.find(DOT.join(here), where)
            if isinstance(value, dict) and is_input_object_type(field.type):
                self.check(value, where, here)


def _fields_of(facts: Facts, type_: GraphQLNamedType, way: tuple[str, ...]) -> Iterator[Field]:
    """Yield the fields of an input type, and those of the objects in it."""
    if not isinstance(type_, GraphQLInputObjectType):
        return
    for name, definition in type_.fields.items():
        named, here = get_named_type(definition.type), (*way, name)
        yield Field(here, named, facts.guards.of_member(type_, name))
        yield from _fields_of(facts, named, here)
