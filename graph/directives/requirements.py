"""What an operation needs roles for: found once when its document is prepared, held against roles later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from graph.directives.operation_cost import narrowed
from graph.directives.requires_role import Guards
from graph.guard import Guard

Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A guard that stands before a field's node: always, or only where a variable is given.

    One that lets short lists through has the `length` of a literal one.
    """

    node: FieldNode
    guard: Guard
    variable: str | None = None
    length: int = 0


@dataclass(frozen=True, slots=True)
class Inside:
    """A variable among a field's arguments whose value can hold something that is guarded."""

    node: FieldNode
    variable: str
    type: GraphQLInputType


@dataclass(frozen=True, slots=True)
class Requirements:
    """All that one operation needs roles for.

    `forbidden` gives what executors treat as null with the error FORBIDDEN, without calling a resolver: the nodes
    of fields by their identity (nodes live as long as their document). An executor that specialises an operation
    chooses its plan by the set of these, `frozenset(forbidden)`: most often it is empty.
    """

    guards: Guards
    fixed: tuple[Requirement, ...] = ()
    inside: tuple[Inside, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def forbidden(self, roles: frozenset[str], variables: Mapping[str, Any]) -> Mapping[int, Guard]:
        """Return the guard that refuses each field's node; `variables` are as the client sent them."""
        found: dict[int, Guard] = {}
        for requirement, guard in self._standing(variables):
            if not guard.opens_to(roles):
                found.setdefault(id(requirement.node), guard)
        return found

    def given(self, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the variables with their defaults."""
        return {**self.defaults, **variables} if self.defaults else variables

    def _standing(self, variables: Mapping[str, Any]) -> Iterator[tuple[Requirement | Inside, Guard]]:
        """Yield the guards that stand with these variables."""
        given = self.given(variables)
        for each in self.fixed:
            is_used = each.variable is None or each.variable in given
            if is_used and (each.guard.above is None or self._listed(each.guard, given) > each.guard.above):
                yield each, each.guard
        for inside in self.inside:
            if inside.variable in given:
                for guard in guards_in_value(self.guards, inside.type, given[inside.variable]):
                    yield inside, guard

    def _listed(self, guard: Guard, given: Mapping[str, Any]) -> int:
        """Return how much an operation lists behind guards that let as much through, in one list or several."""
        limit = (guard.above, guard.any_of)
        lists = [each for each in self.fixed if (each.guard.above, each.guard.any_of) == limit]
        return sum(each.length + _length_of(given.get(each.variable or "")) for each in lists)


def requirements_of(
    schema: GraphQLSchema, guards: Guards, operation: OperationDefinitionNode, fragments: Fragments
) -> Requirements:
    """Return what a valid operation needs roles for."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return Requirements(guards)
    walk = _Walk(schema, guards, fragments)
    walk.selections(operation.selection_set, root)
    defaults = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return Requirements(guards, tuple(walk.fixed), tuple(walk.inside), defaults)


def included(node: SelectionSetNode, fragments: Fragments, variables: Mapping[str, Any]) -> Iterator[FieldNode]:
    """Yield an operation's fields at the root, its fragments spread, but for those that it skips."""
    for selection in node.selections:
        if any(_skips(directive, variables) for directive in selection.directives or ()):
            continue
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from included(selection.selection_set, fragments, variables)
        elif isinstance(selection, FragmentSpreadNode):
            yield from included(fragments[selection.name.value].selection_set, fragments, variables)


def _skips(directive: DirectiveNode, variables: Mapping[str, Any]) -> bool:
    """Return whether @skip or @include leaves out what it stands at; a variable that isn't given does not."""
    if directive.name.value not in {"skip", "include"} or not directive.arguments:
        return False
    is_skip = directive.name.value == "skip"
    value = directive.arguments[0].value
    if isinstance(value, VariableNode):
        found = variables.get(value.name.value, not is_skip)
    else:
        found = isinstance(value, BooleanValueNode) and value.value
    return bool(found) is is_skip


def guards_in_value(guards: Guards, type_: GraphQLInputType, value: object) -> Iterator[Guard]:
    """Yield what guards the parts of a value as JSON has it."""
    named = get_named_type(type_)
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


class _Walk:
    """One operation: a fragment's fields are of one type wherever it is spread, so each is walked once."""

    def __init__(self, schema: GraphQLSchema, guards: Guards, fragments: Fragments) -> None:
        self._schema = schema
        self._guards = guards
        self._fragments = fragments
        self._seen: set[str] = set()
        self.fixed: list[Requirement] = []
        self.inside: list[Inside] = []

    def selections(self, node: SelectionSetNode | None, parent: GraphQLNamedType) -> None:
        """Note what a selection set needs."""
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                self._field(selection, parent)
            elif isinstance(selection, InlineFragmentNode):
                self.selections(selection.selection_set, narrowed(self._schema, selection, parent))
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in self._seen:
                self._seen.add(selection.name.value)
                fragment = self._fragments[selection.name.value]
                self.selections(fragment.selection_set, narrowed(self._schema, fragment, parent))

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> None:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:
            # __typename and the schema's own fields are open to whoever may ask.
            return
        self.fixed += [Requirement(node, guard) for guard in self._guards.of_field(parent, node.name.value)]
        for argument in node.arguments or ():
            guard = self._guards.of_argument(parent, node.name.value, argument.name.value)
            self._use(node, guard, argument.value)
            self._value(node, definition.args[argument.name.value].type, argument.value)
        self.selections(node.selection_set, get_named_type(definition.type))

    def _use(self, node: FieldNode, guard: Guard | None, value: ValueNode) -> None:
        if guard is None:
            return
        if isinstance(value, VariableNode):
            self.fixed.append(Requirement(node, guard, value.name.value))
        elif guard.above is None:
            self.fixed.append(Requirement(node, guard))
        elif isinstance(value, ListValueNode):
            self.fixed.append(Requirement(node, guard, length=len(value.values)))

    def _value(self, node: FieldNode, type_: GraphQLInputType, value: ValueNode) -> None:
        named = get_named_type(type_)
        if not self._guards.hides(named):
            return
        if isinstance(value, VariableNode):
            self.inside.append(Inside(node, value.name.value, type_))
        elif isinstance(value, ListValueNode):
            for each in value.values:
                self._value(node, type_, each)
        elif isinstance(value, EnumValueNode):
            self._use(node, self._guards.of_member(named, value.value), value)
        elif isinstance(value, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
            for member in value.fields:
                self._use(node, self._guards.of_member(named, member.name.value), member.value)
                self._value(node, named.fields[member.name.value].type, member.value)
