"""The arguments of a field as its resolver takes them: made once where they are literal, else for each request."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from typing import Any, assert_never

from graphql import (
    ArgumentNode,
    GraphQLInputType,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    coerce_input_literal,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)

from graph.directives.cost import LISTED
from graph.execution.facts import ABSENT, Facts, FieldFact, InputFact
from graph.execution.inputs import convert

# The values of an operation's variables as resolvers take them; those that weren't given aren't there.
Values = Mapping[str, Any]

# Values that hold no others.
_LEAVES = frozenset({str, int, float, bool, type(None)})


class UnboundError(Exception):
    """Arguments that can't be bound: null where a value is needed. graphql-core will tell."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value without variables."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a variable."""

    name: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with variables in it."""

    items: tuple["Given", ...]


@dataclass(frozen=True, slots=True)
class Made:
    """An input object with variables in it: its members by their names for a resolver."""

    fact: InputFact
    members: Mapping[str, "Given"]


Given = Constant | Variable | Listed | Made


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """The arguments of one field of an operation.

    `constant` are those that need no variable, defaults included; `varying` are the others, each with what stands
    in its place where its variable isn't given.
    """

    constant: Mapping[str, Any] = field(default_factory=dict)
    varying: Mapping[str, tuple[Given, object]] = field(default_factory=dict)

    def bind(self, values: Values) -> Mapping[str, Any]:
        """Return the arguments with the values of the operation's variables; raises UnboundError."""
        if not self.varying:
            return self.constant
        bound = dict(self.constant)
        for name, (given, default) in self.varying.items():
            value = evaluate(given, values)
            if value is ABSENT:
                value = default
            if value is not ABSENT:
                bound[name] = value
            elif isinstance(given, Variable) and given.is_required:
                raise UnboundError
        return bound

    def sizes(self, values: Values) -> Iterator[tuple[str, Any]]:
        """Yield the arguments that can say how long a list is, each with its value, null if not known."""
        yield from self.constant.items()
        for name, (given, default) in self.varying.items():
            match given:
                case Variable(variable):
                    yield name, values.get(variable, None if default is ABSENT else default)
                case Listed(items):
                    yield name, list(items)
                case Constant() | Made():
                    pass

    def weight(self, values: Values) -> float:
        """Return what reading them weighs: 1 for an object, a tenth for a listed value."""
        return sum(value_weight(value) for value in self.constant.values()) + sum(
            given_weight(given, values) for given, _ in self.varying.values()
        )


NO_ARGUMENTS = Arguments()


def read_arguments(facts: Facts, fact: FieldFact, nodes: Iterable[ArgumentNode]) -> Arguments:
    """Return the arguments of a field in a valid document."""
    if not fact.arguments:
        return NO_ARGUMENTS
    values = {node.name.value: node.value for node in nodes}
    constant: dict[str, Any] = {}
    varying: dict[str, tuple[Given, object]] = {}
    for each in fact.arguments.values():
        default = ABSENT if each.default is ABSENT else convert(facts, each.type, each.default)
        node = values.get(each.name)
        if node is None:
            if default is not ABSENT:
                constant[each.python_name] = default
            continue
        given = read_value(facts, each.type, node)
        if isinstance(given, Constant):
            constant[each.python_name] = given.value
        else:
            varying[each.python_name] = (given, default)
    return Arguments(constant, varying)


def read_value(facts: Facts, type_: GraphQLInputType, node: ValueNode) -> Given:
    """Return a value of a valid document."""
    if isinstance(node, VariableNode):
        return Variable(node.name.value, is_non_null_type(type_))
    if not holds_variable(node):
        return Constant(convert(facts, type_, coerce_input_literal(node, type_)))
    if is_non_null_type(type_):
        type_ = type_.of_type
    if is_list_type(type_):
        items = node.values if isinstance(node, ListValueNode) else (node,)
        return Listed(tuple(read_value(facts, type_.of_type, each) for each in items))
    if is_input_object_type(type_) and isinstance(node, ObjectValueNode):
        fact = facts.input(type_)
        members = {
            fact.names[each.name.value]: read_value(facts, type_.fields[each.name.value].type, each.value)
            for each in node.fields
        }
        return Made(fact, members)
    raise UnboundError


def evaluate(given: Given, values: Values) -> Any:  # noqa: ANN401 - of any type
    """Return the value with those of variables, ABSENT for one that isn't given; raises UnboundError."""
    match given:
        case Variable(name, is_required):
            value = values.get(name, ABSENT)
            if value is None and is_required:
                raise UnboundError
            return value
        case Constant(value):
            return value
        case Listed(items):
            return [_item(each, values) for each in items]
        case Made(fact, members):
            made: dict[str, Any] = dict(fact.implied)
            for name, each in members.items():
                value = evaluate(each, values)
                if value is not ABSENT:
                    made[name] = value
                elif name in fact.implied and isinstance(each, Variable) and each.is_required:
                    raise UnboundError
            return fact.make(**made)
        case _:
            assert_never(given)


def _item(given: Given, values: Values) -> Any:  # noqa: ANN401 - of any type
    """Return an item of a list, where a variable that isn't given is null."""
    value = evaluate(given, values)
    if value is not ABSENT:
        return value
    if isinstance(given, Variable) and given.is_required:
        raise UnboundError
    return None


def holds_variable(node: ValueNode | ObjectFieldNode) -> bool:
    """Return whether a value depends on a variable."""
    match node:
        case VariableNode():
            return True
        case ListValueNode():
            return any(map(holds_variable, node.values))
        case ObjectValueNode():
            return any(holds_variable(each.value) for each in node.fields)
        case _:
            return False


def variables_in(given: Given) -> Iterator[str]:
    """Yield the names of the variables in a value."""
    match given:
        case Variable(name):
            yield name
        case Listed(items):
            for each in items:
                yield from variables_in(each)
        case Made(_, members):
            for each in members.values():
                yield from variables_in(each)
        case Constant():
            pass
        case _:
            assert_never(given)


def given_weight(given: Given, values: Values) -> float:
    """Return what reading an argument weighs."""
    match given:
        case Constant(value):
            return value_weight(value)
        case Variable(name):
            return value_weight(values.get(name))
        case Listed(items):
            return sum(LISTED + given_weight(each, values) for each in items)
        case Made(_, members):
            return 1 + sum(given_weight(each, values) for each in members.values())
        case _:
            assert_never(given)


def value_weight(value: object) -> float:
    """Return what reading a value weighs."""
    if isinstance(value, list):
        inner = 0.0 if _LEAVES.issuperset(map(type, value)) else sum(map(value_weight, value))
        return LISTED * len(value) + inner
    names = _members_of(type(value))  # type: ignore[arg-type]  # types can be hashed
    if names is None:
        return 0.0
    members = (getattr(value, name) for name in names)
    return 1 + sum(value_weight(each) for each in members if type(each) not in _LEAVES)


@lru_cache(maxsize=256)
def _members_of(type_: Hashable) -> tuple[str, ...] | None:
    """Return the names of an input object's members; None for any other type."""
    return tuple(each.name for each in fields(type_)) if is_dataclass(type_) else None
