"""All that is deprecated in a schema, and where a client can come upon it."""

from collections.abc import Iterable, Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
)

from graph.deprecation import Deprecation


class Deprecations:
    """All that is deprecated in a schema, by coordinate."""

    def __init__(self, schema: GraphQLSchema, found: Iterable[Deprecation]) -> None:
        self.by_coordinate = {each.coordinate: each for each in found}
        types = (type_ for name, type_ in schema.type_map.items() if not name.startswith("__"))
        self._holding = {each.name for each in types if self._holds(each)} if self.by_coordinate else frozenset()

    def can_be_in(self, type_: GraphQLNamedType) -> bool:
        """Return whether a value of an input type can hold something deprecated."""
        return type_.name in self._holding

    def concern(self, coordinate: str, field: GraphQLField) -> bool:
        """Return whether using a field can use something deprecated: itself, an argument, or a part of a value."""
        if not self.by_coordinate:
            return False
        places = (coordinate, *(f"{coordinate}({name}:)" for name in field.args))
        return not self.by_coordinate.keys().isdisjoint(places) or any(
            self.can_be_in(get_named_type(each.type)) for each in field.args.values()
        )

    def _holds(self, type_: GraphQLNamedType) -> bool:
        return any(
            f"{each.name}.{member}" in self.by_coordinate
            for each in _reached(type_, set())
            for member in members_of(each)
        )


def members_of(type_: GraphQLNamedType) -> Iterable[str]:
    """Return the names of an input type's members; a scalar has none."""
    match type_:
        case GraphQLEnumType():
            return list(type_.values)
        case GraphQLInputObjectType():
            return list(type_.fields)
    return ()


def _reached(type_: GraphQLNamedType, seen: set[str]) -> Iterator[GraphQLNamedType]:
    """Yield an input type and those that values of it can hold."""
    if type_.name in seen:
        return
    seen.add(type_.name)
    yield type_
    if isinstance(type_, GraphQLInputObjectType):
        for each in type_.fields.values():
            yield from _reached(get_named_type(each.type), seen)
