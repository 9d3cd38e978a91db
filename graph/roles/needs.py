"""What a field of an operation needs roles for: found once when its document is read, held against roles later."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    EnumValueNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from graph.execution.facts import FieldFact
from graph.execution.tree import Occurrence
from graph.roles.guard import Guard
from graph.roles.guards import Guards


@dataclass(frozen=True, slots=True)
class Always:
    """A guard that stands before a field; one that lets short lists through has the length of a literal one."""

    guard: Guard
    length: int = 0


@dataclass(frozen=True, slots=True)
class WhereGiven:
    """A guard that stands where a variable is given."""

    guard: Guard
    variable: str


@dataclass(frozen=True, slots=True)
class Inside:
    """A variable whose value can hold something that is guarded."""

    variable: str
    type: GraphQLInputType


Need = Always | WhereGiven | Inside


def needs_of(guards: Guards, fact: FieldFact, nodes: Iterable[ArgumentNode]) -> Iterator[Need]:
    """Yield what a field with these arguments needs."""
    for guard in fact.guards:
        yield Always(guard)
    for node in nodes:
        argument = fact.arguments.get(node.name.value)
        if argument is not None and argument.guard:
            yield from _use(argument.guard, node.value)
        if argument is not None and argument.hides:
            yield from _needs_in(guards, argument.type, node.value)


def _use(guard: Guard, value: ValueNode) -> Iterator[Need]:
    if isinstance(value, VariableNode):
        yield WhereGiven(guard, value.name.value)
    elif guard.above is None:
        yield Always(guard)
    elif isinstance(value, ListValueNode):
        yield Always(guard, len(value.values))


def _needs_in(guards: Guards, type_: GraphQLInputType, value: ValueNode) -> Iterator[Need]:
    named = get_named_type(type_)
    if not guards.hides(named):
        return
    match value:
        case VariableNode():
            yield Inside(value.name.value, type_)
        case ListValueNode():
            for each in value.values:
                yield from _needs_in(guards, type_, each)
        case EnumValueNode():
            if guard := guards.of_member(named, value.value):
                yield Always(guard)
        case ObjectValueNode() if isinstance(named, GraphQLInputObjectType):
            for member in value.fields:
                yield from _needs_of_member(guards, named, member)


def _needs_of_member(guards: Guards, type_: GraphQLInputObjectType, node: ObjectFieldNode) -> Iterator[Need]:
    if guard := guards.of_member(type_, node.name.value):
        yield from _use(guard, node.value)
    if node.name.value in type_.fields:
        yield from _needs_in(guards, type_.fields[node.name.value].type, node.value)


class Needs:
    """All that one operation needs roles for, and where: at the places that its fields are written at."""

    def __init__(
        self, guards: Guards, found: Iterable[tuple[Occurrence, Need]], defaults: Mapping[str, Any]
    ) -> None:
        self._guards = guards
        self._found = tuple(found)
        # Of variables, as JSON has them.
        self._defaults = defaults
        # Those that the operation surely meets, or meets where a variable is given.
        self.guards = frozenset(need.guard for _, need in self._found if isinstance(need, Always | WhereGiven))
        # What is refused to whom, where that depends on nothing else.
        is_plain = all(isinstance(need, Always) and need.guard.above is None for _, need in self._found)
        self._known: dict[frozenset[str], Mapping[Occurrence, Guard]] | None = {} if is_plain else None
        # Those of them that open to a single role.
        self.exclusive = frozenset(guard for guard in self.guards if len(guard.any_of) == 1)

    def refused(self, roles: frozenset[str], variables: Mapping[str, Any]) -> Mapping[Occurrence, Guard]:
        """Return the guard that refuses the field at each place; `variables` are as the client sent them."""
        if self._known is not None and (known := self._known.get(roles)) is not None:
            return known
        given = {**self._defaults, **variables}
        found: dict[Occurrence, Guard] = {}
        for where, guard in self._standing(given):
            if not guard.opens_to(roles):
                found.setdefault(where, guard)
        if self._known is not None:
            self._known[roles] = found
        return found

    def _standing(self, given: Mapping[str, Any]) -> Iterator[tuple[Occurrence, Guard]]:
        """Yield the guards that stand with these variables."""
        for where, need in self._found:
            match need:
                case Inside(variable, type_):
                    if variable in given:
                        for guard in guards_in_value(self._guards, type_, given[variable]):
                            yield where, guard
                case Always(guard) | WhereGiven(guard):
                    is_used = isinstance(need, Always) or need.variable in given
                    if is_used and (guard.above is None or self._listed(guard, given) > guard.above):
                        yield where, guard

    def _listed(self, guard: Guard, given: Mapping[str, Any]) -> int:
        """Return how much an operation lists behind guards that let as much through, in one list or several.

        Fields of one response name in one place are one.
        """
        lengths: dict[tuple[int, str], int] = {}
        for where, need in self._found:
            if isinstance(need, Inside) or (need.guard.above, need.guard.any_of) != (guard.above, guard.any_of):
                continue
            length = need.length if isinstance(need, Always) else _length_of(given.get(need.variable))
            place = (where.merged, need.guard.place)
            lengths[place] = max(length, lengths.get(place, 0))
        return sum(lengths.values())


def guards_in_value(guards: Guards, type_: GraphQLInputType, value: object) -> Iterator[Guard]:
    """Yield what guards the parts of a value as JSON has it."""
    named = get_named_type(type_)
    if not guards.hides(named):
        return
    if isinstance(value, list):
        for each in value:
            yield from guards_in_value(guards, type_, each)
    elif isinstance(named, GraphQLEnumType) and isinstance(value, str):
        yield from filter(None, [guards.of_member(named, value)])
    elif isinstance(named, GraphQLInputObjectType) and isinstance(value, dict):
        for name, inner in value.items():
            yield from filter(None, [guards.of_member(named, name)])
            if name in named.fields:
                yield from guards_in_value(guards, named.fields[name].type, inner)


def _length_of(value: object) -> int:
    return len(value) if isinstance(value, list) else 0
