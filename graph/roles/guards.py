"""A schema's guards, by the places that they stand at."""

from collections.abc import Mapping

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from graph.roles.guard import Guard


class Guards:
    """What guards each field, argument, input field and enum value of a schema; `by_place` are all there are."""

    def __init__(self, schema: GraphQLSchema, by_place: Mapping[str, Guard]) -> None:
        self._schema = schema
        self.by_place = by_place
        types = [type_ for name, type_ in schema.type_map.items() if not name.startswith("__")]
        self._hiding = {type_.name for type_ in types if self._hides(type_, set())}

    def of_field(self, parent: GraphQLNamedType, name: str) -> tuple[Guard, ...]:
        """Return what guards a field: itself, the types on both of its ends, and each field that implements it."""
        field = getattr(parent, "fields", {}).get(name)
        if field is None:
            return ()
        parents = [parent]
        if isinstance(parent, GraphQLInterfaceType):
            parents += self._schema.get_possible_types(parent)
        places = [get_named_type(field.type).name, *(f"{each.name}.{name}" for each in parents), parent.name]
        return tuple(self.by_place[place] for place in dict.fromkeys(places) if place in self.by_place)

    def of_argument(self, parent: GraphQLNamedType, field: str, argument: str) -> Guard | None:
        """Return what guards an argument: itself, or that of a field which implements its field."""
        parents = [parent]
        if isinstance(parent, GraphQLInterfaceType):
            parents += self._schema.get_possible_types(parent)
        places = (f"{each.name}.{field}({argument}:)" for each in parents)
        return next((self.by_place[place] for place in places if place in self.by_place), None)

    def of_member(self, type_: GraphQLNamedType, name: str) -> Guard | None:
        """Return what guards an input field or an enum value."""
        return self.by_place.get(f"{type_.name}.{name}")

    def hides(self, type_: GraphQLNamedType) -> bool:
        """Return whether a value of an input type can hold something that is guarded."""
        return type_.name in self._hiding

    def concerns(self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str, field: GraphQLField) -> bool:
        """Return whether using a field, by itself or through an interface, can need a role."""
        seen_as = [parent, *parent.interfaces]
        arguments = (self.of_argument(parent, name, argument) for argument in field.args)
        hidden = (self.hides(get_named_type(argument.type)) for argument in field.args.values())
        return any(self.of_field(each, name) for each in seen_as) or any(arguments) or any(hidden)

    def _hides(self, type_: GraphQLNamedType, seen: set[str]) -> bool:
        if isinstance(type_, GraphQLEnumType):
            return any(self.of_member(type_, name) for name in type_.values)
        if not isinstance(type_, GraphQLInputObjectType) or type_.name in seen:
            return False
        seen.add(type_.name)
        return any(
            self.of_member(type_, name) or self._hides(get_named_type(field.type), seen)
            for name, field in type_.fields.items()
        )
