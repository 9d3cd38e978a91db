"""The page of a type, or of a directive: what it is, its parts, where it is used, and its text."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from typing import Any

from graphql import (
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    print_ast,
    print_directive,
    print_type,
)

from graph.examples.values import NONE, examples_of
from graph.site.code import write_code
from graph.site.reference.descriptions import write_description
from graph.site.reference.links import Links
from graph.site.reference.members import (
    write_argument,
    write_field,
    write_input_field,
    write_value,
)
from graph.site.reference.terms import json_of, words_of_guards, write_deprecation, write_terms
from graph.site.reference.view import Uses, View, noun_of


def write_type(view: View, links: Links, name: str) -> str:
    """Return the body of a type's page."""
    type_ = view.types[name]
    return "".join(
        [
            f'<p class="kind">{noun_of(type_)}</p><h1><code>{name}</code></h1>',
            write_deprecation(view.facts, name, links),
            write_description(view, links, type_.description, name),
            write_terms(_terms(view, links, type_)),
            *_members(view, links, type_),
            *_uses(view, links, type_),
            '<h2 id="as-text">As text</h2>',
            write_code(text_of(type_), "graphql"),
        ]
    )


def write_directive(view: View, links: Links, name: str) -> str:
    """Return the body of a directive's page; `name` begins with @."""
    directive = view.directives[name]
    places = ", ".join(f"<code>{each.name}</code>" for each in directive.locations)
    arguments = (
        write_argument(view, links, f"{name}({each}:)", each, argument)
        for each, argument in directive.args.items()
    )
    return "".join(
        [
            f'<p class="kind">directive</p><h1><code>{name}</code></h1>',
            write_description(view, links, directive.description),
            write_terms([("Stands at", places)]),
            *(['<h2 id="all-arguments">Arguments</h2>'] if directive.args else []),
            *arguments,
            '<h2 id="as-text">As text</h2>',
            write_code(text_of(directive), "graphql"),
        ]
    )


def _terms(view: View, links: Links, type_: GraphQLNamedType) -> Iterator[tuple[str, str]]:
    guard = view.facts.guards.by_place.get(type_.name)
    if guard is not None:
        yield "Needs", words_of_guards([guard])
    if isinstance(type_, GraphQLScalarType):
        if (value := examples_of(view.facts.schema).of_scalar(type_)) is not NONE:
            yield "Example", f"<code>{escape(json_of(value), quote=False)}</code>"
        if type_.specified_by_url:
            url = escape(type_.specified_by_url)
            yield "Specified by", f'<a href="{url}">{url}</a>'
    if isinstance(type_, GraphQLObjectType) and type_.interfaces:
        yield "Implements", _list(links.coordinate(each.name) for each in type_.interfaces)


def _members(view: View, links: Links, type_: GraphQLNamedType) -> Iterator[str]:
    match type_:
        case GraphQLObjectType() | GraphQLInterfaceType():
            yield '<h2 id="all-fields">Fields</h2>'
            yield from (write_field(view, links, type_, name) for name in type_.fields)
        case GraphQLInputObjectType():
            yield '<h2 id="all-fields">Fields</h2>'
            yield from (write_input_field(view, links, type_, name) for name in type_.fields)
        case GraphQLEnumType():
            yield '<h2 id="all-values">Values</h2>'
            yield from (write_value(view, links, type_, name) for name in type_.values)
        case GraphQLUnionType():
            yield f'<h2 id="all-types">Types</h2>{_items(links, (each.name for each in type_.types))}'


def _uses(view: View, links: Links, type_: GraphQLNamedType) -> Iterator[str]:
    uses = view.uses.get(type_.name, Uses())
    implementers = view.implementers(type_) if isinstance(type_, GraphQLInterfaceType) else []
    kinds = (("Implemented by", implementers), ("Returned by", uses.returned), ("Taken by", uses.taken))
    if any(places for _, places in kinds):
        yield '<h2 id="used-by">Where it is used</h2>'
    yield from (f"<p>{words}:</p>{_items(links, places)}" for words, places in kinds if places)


def _items(links: Links, coordinates: Iterable[str]) -> str:
    return f'<ul class="places">{"".join(f"<li>{links.coordinate(each)}</li>" for each in coordinates)}</ul>'


def _list(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def text_of(element: GraphQLNamedType | GraphQLDirective) -> str:
    """Return a type or a directive as text, without descriptions."""
    if element.ast_node is None:
        # What every schema has.
        return print_directive(element) if isinstance(element, GraphQLDirective) else print_type(element)
    return print_ast(_undescribed(element.ast_node))


def _undescribed(node: Any) -> Any:  # noqa: ANN401 - a definition, or a part of one
    parts = {
        name: tuple(map(_undescribed, getattr(node, name, None) or ()))
        for name in ("fields", "arguments", "values")
        if hasattr(node, name)
    }
    return replace(node, description=None, **parts)
