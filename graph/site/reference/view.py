"""The schema as some roles see it: its types by kind, and where each of them is used."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_scalar_type,
    is_union_type,
)

from graph.execution.facts import Facts
from graph.site.reference.links import ROOTS

# The kinds of types, with what one of them is called.
KINDS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "Objects": (is_object_type, "object"),
    "Interfaces": (is_interface_type, "interface"),
    "Unions": (is_union_type, "union"),
    "Inputs": (is_input_object_type, "input"),
    "Enums": (is_enum_type, "enum"),
    "Scalars": (is_scalar_type, "scalar"),
}


@dataclass(slots=True)
class Uses:
    """Where a type is used, by coordinates: what returns it and what takes it."""

    returned: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


class View:
    """A schema of some roles, with the facts of the whole one."""

    def __init__(self, schema: GraphQLSchema, facts: Facts) -> None:
        self.schema = schema
        self.facts = facts
        self.directives: Mapping[str, GraphQLDirective] = {f"@{each.name}": each for each in schema.directives}
        self.types = {name: each for name, each in sorted(schema.type_map.items()) if not name.startswith("__")}
        self.uses = _uses_in(self.types.values())

    def of_kind(self, kind: str) -> list[GraphQLNamedType]:
        """Return the types of one of KINDS, by name, without the roots."""
        is_one = KINDS[kind][0]
        return [each for name, each in self.types.items() if is_one(each) and name not in ROOTS]

    def names(self) -> list[str]:
        """Return the names of all pages but the index."""
        roots = [page for root, page in ROOTS.items() if root in self.types]
        return [*roots, *(name for name in self.types if name not in ROOTS), *sorted(self.directives)]

    def implementers(self, type_: GraphQLInterfaceType) -> list[str]:
        """Return the names of the types that implement an interface."""
        return sorted(each.name for each in self.schema.get_possible_types(type_))


def noun_of(type_: GraphQLNamedType) -> str:
    """Return what a type is: an object, an enum."""
    return next(noun for is_one, noun in KINDS.values() if is_one(type_))


def _uses_in(types: Iterable[GraphQLNamedType]) -> Mapping[str, Uses]:
    uses: dict[str, Uses] = defaultdict(Uses)
    for type_ in types:
        for name, each in _fields_of(type_).items():
            place = f"{type_.name}.{name}"
            if isinstance(type_, GraphQLInputObjectType):
                uses[get_named_type(each.type).name].taken.append(place)
                continue
            uses[get_named_type(each.type).name].returned.append(place)
            for argument_name, argument in each.args.items():
                uses[get_named_type(argument.type).name].taken.append(f"{place}({argument_name}:)")
    return uses


def members_of(type_: GraphQLNamedType) -> Mapping[str, Any]:
    """Return the fields of a type, or the values of an enum, by name."""
    return type_.values if isinstance(type_, GraphQLEnumType) else _fields_of(type_)


def _fields_of(type_: GraphQLNamedType) -> Mapping[str, Any]:
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        fields: Mapping[str, Any] = type_.fields
        return fields
    return {}
