"""What is said of a part of the schema beside its description: roles, an example, cost, keeping, errors."""

import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLInputField, NullValueNode, print_ast

from graph.directives.cost import ListSize
from graph.examples.values import NONE, examples_of
from graph.execution.facts import Facts, FieldFact
from graph.identity.viewer import Role
from graph.roles.guard import Guard
from graph.site.markdown import render_words
from graph.site.reference.codes import codes_of, link_code
from graph.site.reference.links import Links

Term = tuple[str, str]


def write_terms(terms: Iterable[Term]) -> str:
    """Return terms, each a word and HTML, as a list; nothing if there are none."""
    items = "".join(f"<div><dt>{word}</dt><dd>{html}</dd></div>" for word, html in terms)
    return f'<dl class="terms">{items}</dl>' if items else ""


def terms_of_field(facts: Facts, coordinate: str, field: GraphQLField, fact: FieldFact) -> Iterator[Term]:
    """Yield what is to be said of a field of an object."""
    if fact.guards:
        yield "Needs", words_of_guards(fact.guards)
    yield from _example(facts, coordinate, field)
    yield "Costs", words_of_cost(fact.weight, fact.size)
    if keeping := words_of_keeping(fact):
        yield "Kept", keeping
    if codes := codes_of(fact, field):
        yield "Errors", " ".join(map(link_code, codes))


def terms_of_input(facts: Facts, coordinate: str, place: GraphQLArgument | GraphQLInputField) -> Iterator[Term]:
    """Yield what is to be said of an argument, or of a field of an input."""
    guard = facts.guards.by_place.get(coordinate)
    if guard is not None:
        yield "Needs", words_of_guards([guard])
    if not default_of(place):
        yield from _example(facts, coordinate, place)


def _example(
    facts: Facts, coordinate: str, place: GraphQLField | GraphQLArgument | GraphQLInputField
) -> Iterator[Term]:
    value = examples_of(facts.schema).of(coordinate, place)
    if value is not NONE:
        yield "Example", f"<code>{escape(json_of(value), quote=False)}</code>"


def default_of(place: GraphQLArgument | GraphQLInputField) -> str:
    """Return a default as GraphQL has it; nothing where there is none, or null."""
    value = place.ast_node.default_value if place.ast_node else None
    return "" if value is None or isinstance(value, NullValueNode) else print_ast(value)


def json_of(value: Any) -> str:  # noqa: ANN401 - a value of JSON
    """Return a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def words_of_guards(guards: Iterable[Guard]) -> str:
    """Return the roles of which one is needed; of guards that differ, those of each."""
    return "; ".join(dict.fromkeys(map(_words_of_guard, guards)))


def _words_of_guard(guard: Guard) -> str:
    names = [role.name for role in Role if role.name in guard.any_of]
    roles = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    return roles if guard.above is None else f"{roles}, for more than {guard.above} items"


def words_of_cost(weight: float, size: ListSize) -> str:
    """Return what a field costs, and how often what is below it counts."""
    cost = f"{weight:g}"
    arguments = " or ".join(f"<code>{name}</code>" for name in size.slicing_arguments)
    if size.sized_fields:
        below = " and ".join(f"<code>{name}</code>" for name in size.sized_fields)
        return f"{cost}; {below} count as often as {arguments} says, else {size.assumed_size} times"
    if arguments:
        return f"{cost} for each item of {arguments}"
    return f"{cost} each, for {size.assumed_size} items" if size.assumed_size != 1 else cost


def words_of_keeping(fact: FieldFact) -> str:
    """Return for how long browsers and proxies may keep an answer with a field; nothing where others decide."""
    words = []
    if fact.is_private:
        words.append("for you alone")
    if fact.max_age:
        words.append(f"up to {fact.max_age} s by browsers and proxies")
    if fact.stale:
        words.append(f"{fact.stale} s more while they ask again")
    return ", ".join(words)


def write_deprecation(facts: Facts, coordinate: str, links: Links) -> str:
    """Return what is said of something deprecated, as HTML; nothing of anything else."""
    found = facts.deprecations.by_coordinate.get(coordinate)
    if found is None:
        return ""
    since = f" since {found.since}" if found.since else ""
    until = f" It works until {found.sunset}." if found.sunset else ""
    instead = f" Use {links.coordinate(found.replacement)}." if found.replacement else ""
    return (
        f'<p class="deprecated"><strong>Deprecated{since}.</strong> {render_words(found.reason)}{until}{instead} '
        '<a href="/docs/deprecations">What that means</a></p>'
    )
