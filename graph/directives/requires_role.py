"""@requiresRole: who may use a field, a type, an argument, an input field or an enum value."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from strawberry.schema_directive import Location

from graph.guard import Guard
from graph.viewer import Role

BACKREF = "strawberry-definition"


@strawberry.schema_directive(
    locations=[
        Location.FIELD_DEFINITION,
        Location.OBJECT,
        Location.ARGUMENT_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
        Location.ENUM_VALUE,
    ],
    name="requiresRole",
    description=(
        "One of these roles is needed to use this. With `above`, only lists that are longer need it. "
        "It is checked before anything runs, wherever the place is reached from."
    ),
)
class RequiresRole:
    """Who may use a place of the schema."""

    any_of: list[Role] = strawberry.directive_field(name="anyOf")
    above: int | None = strawberry.directive_field(name="above", default=strawberry.UNSET)


class Guards:
    """A schema's guards, read from its directives once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.by_place: dict[str, Guard] = {}
        types = [type_ for name, type_ in schema.type_map.items() if not name.startswith("__")]
        for type_ in types:
            self._read(type_)
        self._hiding = {type_.name for type_ in types if self._hides(type_, set())}
        # As many as the schema has fields, since only those of valid documents are asked for.
        self._of_fields: dict[tuple[str, str], tuple[Guard, ...]] = {}

    def of_field(self, parent: GraphQLNamedType, name: str) -> tuple[Guard, ...]:
        """Return what guards a field: itself, the types on both of its ends, and each field that implements it."""
        place = (parent.name, name)
        if place not in self._of_fields:
            self._of_fields[place] = self._read_for_field(parent, name)
        return self._of_fields[place]

    def _read_for_field(self, parent: GraphQLNamedType, name: str) -> tuple[Guard, ...]:
        field = getattr(parent, "fields", {}).get(name)
        if field is None:
            return ()
        parents = [parent]
        if isinstance(parent, GraphQLInterfaceType):
            parents += self._schema.get_possible_types(parent)
        places = [get_named_type(field.type).name, *(f"{each.name}.{name}" for each in parents), parent.name]
        return tuple(self.by_place[place] for place in dict.fromkeys(places) if place in self.by_place)

    def of_argument(self, parent: GraphQLNamedType, field: str, argument: str) -> Guard | None:
        """Return what guards an argument."""
        return self.by_place.get(f"{parent.name}.{field}({argument}:)")

    def of_member(self, type_: GraphQLNamedType, name: str) -> Guard | None:
        """Return what guards an input field or an enum value."""
        return self.by_place.get(f"{type_.name}.{name}")

    def hides(self, type_: GraphQLNamedType) -> bool:
        """Return whether a value of an input type can hold something that is guarded."""
        return type_.name in self._hiding

    def concerns(self, parent: GraphQLObjectType, name: str, field: GraphQLField) -> bool:
        """Return whether using a field, by itself or through an interface, can need a role."""
        seen_as = [parent, *parent.interfaces]
        arguments = (self.of_argument(parent, name, argument) for argument in field.args)
        hidden = (self.hides(get_named_type(argument.type)) for argument in field.args.values())
        return any(self.of_field(each, name) for each in seen_as) or any(arguments) or any(hidden)

    def _read(self, type_: GraphQLNamedType) -> None:
        self._keep(type_.name, type_)
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                self._keep(f"{type_.name}.{name}", value)
        for name, field in getattr(type_, "fields", {}).items():
            self._keep(f"{type_.name}.{name}", field)
            for argument_name, argument in getattr(field, "args", {}).items():
                self._keep(f"{type_.name}.{name}({argument_name}:)", argument)

    def _keep(self, place: str, element: Any) -> None:  # noqa: ANN401 - any element of a schema
        definition = (element.extensions or {}).get(BACKREF)
        for directive in getattr(definition, "directives", None) or ():
            if isinstance(directive, RequiresRole):
                above = directive.above if isinstance(directive.above, int) else None
                self.by_place[place] = Guard(place, frozenset(role.name for role in directive.any_of), above)

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


@lru_cache(maxsize=8)
def guards_of(schema: GraphQLSchema) -> Guards:
    """Return a schema's guards."""
    return Guards(schema)


def enforce(schema: GraphQLSchema) -> None:
    """Have the schema's resolvers refuse what a request may not use.

    Only fields that can need a role are touched. What a request may not use was found out before it ran, and
    stands in its context. Raises TypeError for a guard that can't be kept.
    """
    guards = guards_of(schema)
    for problem in problems(schema, guards):
        raise TypeError(problem)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if field.resolve is not None and guards.concerns(type_, name, field):
                    field.resolve = guarded(field.resolve)


def guarded(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Return a resolver that raises ForbiddenError where the request may not use its field."""

    def resolved(root: object, info: GraphQLResolveInfo[Any], **arguments: object) -> Any:  # noqa: ANN401 - the field's
        forbidden: Mapping[int, Guard] = info.context.forbidden
        if forbidden:
            for node in info.field_nodes:
                if id(node) in forbidden:
                    raise forbidden[id(node)].error()
        return resolve(root, info, **arguments)

    return resolved


def problems(schema: GraphQLSchema, guards: Guards) -> Iterator[str]:
    """Yield each guard that can't be kept, since a refusal needs a null in its place, and each that is missing."""
    for name in schema.mutation_type.fields if schema.mutation_type else ():
        if f"{schema.mutation_type}.{name}" not in guards.by_place:
            yield f"{schema.mutation_type}.{name} changes something and says nothing of who may."
    for name, type_ in schema.type_map.items():
        if name in guards.by_place and isinstance(type_, GraphQLObjectType) and type_.interfaces:
            yield f"{name} is guarded and implements an interface, through which it would be seen."
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            continue
        is_root = type_ in (schema.query_type, schema.mutation_type, schema.subscription_type)
        for field_name, field in type_.fields.items():
            guarding = guards.by_place.get(f"{name}.{field_name}") or guards.by_place.get(
                get_named_type(field.type).name
            )
            if guarding and isinstance(field.type, GraphQLNonNull) and not is_root:
                yield f"{name}.{field_name} is guarded but can't be null."
            yield from _argument_problems(f"{name}.{field_name}", field, guards)


def _argument_problems(place: str, field: Any, guards: Guards) -> Iterator[str]:  # noqa: ANN401 - of a type or input
    for name, argument in getattr(field, "args", {}).items():
        guard = guards.by_place.get(f"{place}({name}:)")
        if guard is None:
            continue
        if guard.above is None and isinstance(argument.type, GraphQLNonNull):
            yield f"{guard.place} is guarded but can't be left out."
        if guard.above is not None and not is_list_type(get_nullable_type(argument.type)):
            yield f"{guard.place} is no list, so none of its items can be too many."
