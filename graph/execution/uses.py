"""What of the schema an operation uses: found once when its document is read, besides what its variables hold."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    ArgumentNode,
    EnumValueNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    get_named_type,
)

from graph.execution.facts import Facts, FieldFact
from graph.use import Use

# The types of variables, by their names.
Types = Mapping[str, GraphQLInputType]

# Sets of coordinates that are remembered, so that operations that use the same are counted together.
MAX_KEPT = 1024


class Uses:
    """Finds what is used of a schema: what is deprecated, or everything if it `counts_all`."""

    def __init__(self, facts: Facts, *, counts_all: bool = False) -> None:
        self.counts_all = counts_all
        self._facts = facts
        self._deprecations = facts.deprecations.by_coordinate
        self.of = lru_cache(MAX_KEPT)(self._of)

    def _of(self, coordinates: frozenset[str]) -> Use | None:
        """Return the use of some coordinates; None without any. The same coordinates have the same."""
        deprecated = sorted(coordinates & self._deprecations.keys())
        return Use(coordinates, tuple(self._deprecations[each] for each in deprecated)) if coordinates else None

    def concerns(self, fact: FieldFact) -> bool:
        """Return whether using a field can use anything that is counted."""
        return self.counts_all or fact.concerns_deprecations

    def of_field(self, fact: FieldFact, nodes: Iterable[ArgumentNode]) -> Iterator[str]:
        """Yield what a field with these arguments uses, but for what variables hold."""
        yield from self._counted(fact.coordinate)
        for node in nodes:
            argument = fact.arguments.get(node.name.value)
            if argument is not None:
                yield from self._counted(f"{fact.coordinate}({argument.name}:)")
                yield from self._in_literal(argument.type, node.value)

    def _in_literal(self, type_: GraphQLInputType, value: ValueNode) -> Iterator[str]:
        named = get_named_type(type_)
        match value:
            case ListValueNode():
                for each in value.values:
                    yield from self._in_literal(type_, each)
            case EnumValueNode():
                yield from self._counted(f"{named.name}.{value.value}")
            case ObjectValueNode() if isinstance(named, GraphQLInputObjectType):
                for member in value.fields:
                    if member.name.value in named.fields:
                        yield from self._counted(f"{named.name}.{member.name.value}")
                        yield from self._in_literal(named.fields[member.name.value].type, member.value)

    def with_variables(self, use: Use | None, types: Types, values: Mapping[str, Any]) -> Use | None:
        """Return a use and that of what variables of these types hold, as JSON has it."""
        held = [
            each for name, type_ in types.items() if name in values for each in self._in_value(type_, values[name])
        ]
        return self.of(use.coordinates.union(held) if use else frozenset(held)) if held else use

    def worth_watching(self, types: Types) -> Types:
        """Return those of some variables that can hold anything that is counted."""
        return {name: type_ for name, type_ in types.items() if self._can_hold(type_)}

    def _can_hold(self, type_: GraphQLInputType) -> bool:
        named = get_named_type(type_)
        if self.counts_all:
            return isinstance(named, GraphQLEnumType | GraphQLInputObjectType)
        return self._facts.deprecations.can_be_in(named)

    def _in_value(self, type_: GraphQLInputType, value: object) -> Iterator[str]:
        named = get_named_type(type_)
        match value:
            case list():
                for each in value:
                    yield from self._in_value(type_, each)
            case str() if isinstance(named, GraphQLEnumType):
                yield from self._counted(f"{named.name}.{value}")
            case dict() if isinstance(named, GraphQLInputObjectType):
                for name, inner in value.items():
                    if name in named.fields:
                        yield from self._counted(f"{named.name}.{name}")
                        yield from self._in_value(named.fields[name].type, inner)

    def _counted(self, coordinate: str) -> Iterator[str]:
        """Yield a coordinate that is counted; what the schema says of itself isn't."""
        if coordinate in self._deprecations or (self.counts_all and "__" not in coordinate):
            yield coordinate
