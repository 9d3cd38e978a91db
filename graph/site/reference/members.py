"""The parts of a type as sections of its page: fields with their arguments, input fields, values of an enum."""

from collections.abc import Iterator
from html import escape

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
)

from graph.site.reference.descriptions import write_description
from graph.site.reference.links import Links, anchor
from graph.site.reference.terms import (
    default_of,
    terms_of_field,
    terms_of_input,
    words_of_guards,
    write_deprecation,
    write_terms,
)
from graph.site.reference.view import View


def write_field(
    view: View, links: Links, parent: GraphQLObjectType | GraphQLInterfaceType, name: str, more: str = ""
) -> str:
    """Return the section of a field of an object; `more` is HTML that stands at its end."""
    field, coordinate = parent.fields[name], f"{parent.name}.{name}"
    whole = view.facts.field(view.facts.schema.type_map[parent.name], name)
    assert whole is not None  # noqa: S101 - a view has nothing that the schema hasn't
    about = (
        write_deprecation(view.facts, coordinate, links)
        + write_description(view, links, field.description, parent.name)
        + write_terms(terms_of_field(view.facts, coordinate, field, whole))
        + _write_arguments(view, links, name, coordinate, field)
    )
    return f"{_head(name, links.type(field.type))}{about}{more}"


def write_input_field(view: View, links: Links, parent: GraphQLInputObjectType, name: str) -> str:
    """Return the section of a field of an input."""
    field, coordinate = parent.fields[name], f"{parent.name}.{name}"
    return _head(name, _type(links, field)) + _about_input(view, links, coordinate, field)


def write_value(view: View, links: Links, parent: GraphQLEnumType, name: str) -> str:
    """Return the section of a value of an enum."""
    coordinate, guard = f"{parent.name}.{name}", view.facts.guards.by_place.get(f"{parent.name}.{name}")
    terms = write_terms([("Needs", words_of_guards([guard]))] if guard else [])
    described = write_description(view, links, parent.values[name].description, parent.name)
    return _head(name) + write_deprecation(view.facts, coordinate, links) + described + terms


def write_argument(view: View, links: Links, coordinate: str, name: str, argument: GraphQLArgument) -> str:
    """Return the section of an argument of a directive."""
    return _head(name, _type(links, argument)) + _about_input(view, links, coordinate, argument)


def _head(name: str, type_: str = "") -> str:
    described = f'<code class="type">{type_}</code>' if type_ else ""
    return f'<div class="member"><h3 id="{anchor(name)}"><code>{escape(name)}</code></h3>{described}</div>'


def _type(links: Links, place: GraphQLArgument | GraphQLInputField) -> str:
    default = default_of(place)
    return links.type(place.type) + (f" = {escape(default, quote=False)}" if default else "")


def _write_arguments(view: View, links: Links, name: str, coordinate: str, field: GraphQLField) -> str:
    items = "".join(_argument_items(view, links, name, coordinate, field))
    return f'<dl class="arguments" aria-label="Arguments of {name}">{items}</dl>' if items else ""


def _argument_items(view: View, links: Links, name: str, coordinate: str, field: GraphQLField) -> Iterator[str]:
    for argument_name, argument in field.args.items():
        place = f"{coordinate}({argument_name}:)"
        head = f"<code>{argument_name}: {_type(links, argument)}</code>"
        yield f'<dt id="{anchor(name, argument_name)}">{head}</dt>'
        yield f"<dd>{_about_input(view, links, place, argument)}</dd>"


def _about_input(view: View, links: Links, coordinate: str, place: GraphQLArgument | GraphQLInputField) -> str:
    return (
        write_deprecation(view.facts, coordinate, links)
        + write_description(view, links, place.description, parent_in(coordinate))
        + write_terms(terms_of_input(view.facts, coordinate, place))
    )


def parent_in(coordinate: str) -> str:
    """Return the type in a coordinate; none of a directive's."""
    return "" if coordinate.startswith("@") else coordinate.partition(".")[0]
