"""The part of the schema that a viewer may use: what introspection and the schema's text show."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumValueNode,
    GraphQLSchema,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NonNullTypeNode,
    SchemaDefinitionNode,
    TypeNode,
    build_ast_schema,
    parse,
)

from graph.execution.facts import print_schema
from graph.identity.viewer import ROLES

# What of a definition can be left out.
_PARTS = ("fields", "arguments", "values")


class Views:
    """A schema as each set of roles sees it, each made when it is first asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._views: dict[frozenset[str], GraphQLSchema] = {}

    def of(self, roles: frozenset[str]) -> GraphQLSchema:
        """Return what these roles may use."""
        known = roles & ROLES
        if known not in self._views:
            text = print_schema(self._schema)
            self._views[known] = build_ast_schema(visible(parse(text, no_location=True), known), assume_valid=True)
        return self._views[known]


def visible(document: DocumentNode, roles: frozenset[str]) -> DocumentNode:
    """Return a schema's document without what needs roles that aren't among these, and what only that led to."""
    definitions = [definition for definition in document.definitions if is_open(definition, roles)]
    count = -1
    while count != len(definitions):
        count = len(definitions)
        hidden = _names(document.definitions) - _names(definitions)
        narrowed = [_narrowed(each, roles, hidden) for each in definitions]
        definitions = [each for each in narrowed if getattr(each, "fields", None) != ()]
    reached = _reached(definitions)
    kept = [each for each in definitions if _name(each) in reached or isinstance(each, DirectiveDefinitionNode)]
    return replace(document, definitions=tuple(kept))


def is_open(node: Any, roles: frozenset[str]) -> bool:  # noqa: ANN401 - any definition, or a part of one
    """Return whether a definition needs no role, or one of these; long lists of an argument don't count."""
    for directive in getattr(node, "directives", None) or ():
        if directive.name.value != "requiresRole":
            continue
        arguments = {argument.name.value: argument.value for argument in directive.arguments or ()}
        needed = arguments["anyOf"]
        if "above" not in arguments and isinstance(needed, ListValueNode):
            names = {value.value for value in needed.values if isinstance(value, EnumValueNode)}
            return bool(names & roles)
    return True


def _narrowed(node: Any, roles: frozenset[str], hidden: set[str]) -> Any:  # noqa: ANN401 - any definition
    """Return a definition without the parts that aren't open or are of a hidden type, and those without theirs."""
    parts = {}
    for name in _PARTS:
        found = getattr(node, name, None)
        if found:
            kept = (part for part in found if is_open(part, roles) and _type(part) not in hidden)
            parts[name] = tuple(_narrowed(part, roles, hidden) for part in kept)
    return replace(node, **parts) if parts else node


def _reached(definitions: Iterable[Any]) -> set[str]:
    """Return the names of the types that can be come upon from the root."""
    by_name = {_name(each): each for each in definitions}
    waiting = {"Query", "Mutation", "Subscription"}
    for each in definitions:
        if isinstance(each, DirectiveDefinitionNode | SchemaDefinitionNode):
            waiting |= set(_mentioned(each))
    waiting &= set(by_name)
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        reached.add(name)
        implementing = {_name(each) for each in definitions if name in _interfaces(each)}
        waiting |= ((set(_mentioned(by_name[name])) | implementing) & set(by_name)) - reached
    return reached


def _mentioned(node: Any) -> Iterator[str]:  # noqa: ANN401 - any definition
    """Yield the names of the types that a definition mentions."""
    yield from _interfaces(node)
    yield from (_named(each) for each in getattr(node, "types", None) or ())
    for name in ("fields", "arguments", "operation_types"):
        for part in getattr(node, name, None) or ():
            yield _type(part)
            yield from _mentioned(part)


def _interfaces(node: Any) -> list[str]:  # noqa: ANN401 - any definition
    return [_named(each) for each in getattr(node, "interfaces", None) or ()]


def _type(part: Any) -> str:  # noqa: ANN401 - a field, an argument, an enum value
    type_ = getattr(part, "type", None)
    return _named(type_) if type_ is not None else ""


def _named(type_: TypeNode) -> str:
    while isinstance(type_, ListTypeNode | NonNullTypeNode):
        type_ = type_.type
    return type_.name.value if isinstance(type_, NamedTypeNode) else ""


def _names(definitions: Iterable[Any]) -> set[str]:
    return {_name(each) for each in definitions}


def _name(node: Any) -> str:  # noqa: ANN401 - any definition
    name = getattr(node, "name", None)
    return name.value if name else ""
