"""Sees to it that guards are kept: none that can't be, and none passed over where graphql-core runs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from graph.execution.facts import facts_of
from graph.roles.guard import Guard
from graph.roles.guards import Guards


def enforce(schema: GraphQLSchema) -> None:
    """Have the schema's resolvers refuse what a request may not use.

    Only fields that can need a role are touched. What a request may not use was found out before it ran, and
    stands in its context. Raises TypeError for a guard that can't be kept.
    """
    guards = facts_of(schema).guards
    for problem in problems(schema, guards):
        raise TypeError(problem)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if field.resolve is not None and guards.concerns(type_, name, field):
                    field.resolve = guarded(field.resolve)


def guarded(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Return a resolver that raises ForbiddenError where the request may not use its field."""

    def resolve_if_open(root: object, info: GraphQLResolveInfo[Any], **arguments: object) -> Any:  # noqa: ANN401 - the field's
        refused: Mapping[int, Guard] = info.context.refused
        if refused:
            for node in info.field_nodes:
                if node.loc and node.loc.start in refused:
                    raise refused[node.loc.start].error()
        return resolve(root, info, **arguments)

    return resolve_if_open


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
