"""The pages of the reference as search finds them: a type, and each of its fields, arguments and values."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import GraphQLDirective, GraphQLEnumType, GraphQLNamedType

from graph.site.reference.links import ROOTS, Links, anchor
from graph.site.reference.view import View, noun_of
from graph.site.search.passages import Found, Passage

GROUP: Final = "Reference"

# What its words count: of many fields with one name, few are looked for. Those of the roots are where one begins.
OF_ROOT: Final = 0.6
OF_TYPE: Final = 0.45


def pages_of_schema(view: View) -> Iterator[Found]:
    """Yield the pages of what some roles see."""
    for name, type_ in view.types.items():
        yield _root_page(name, type_) if name in ROOTS else _type_page(name, type_)
    for name, directive in view.directives.items():
        yield _directive_page(name, directive)


def _root_page(name: str, type_: GraphQLNamedType) -> Found:
    title = ROOTS[name].capitalize()
    first = Passage("", title, type_.description or "", name)
    return Found(Links().page(name), title, GROUP, OF_ROOT, (first, *_members(type_, "")))


def _type_page(name: str, type_: GraphQLNamedType) -> Found:
    first = Passage("", name, _joined(f"{noun_of(type_)}:", type_.description), name)
    return Found(Links().page(name), name, GROUP, OF_TYPE, (first, *_members(type_, f"{name}.")))


def _directive_page(name: str, directive: GraphQLDirective) -> Found:
    arguments = (_joined(each, argument.description) for each, argument in directive.args.items())
    first = Passage("", name, _joined("directive:", directive.description, *arguments), name)
    return Found(Links().page(name), name, GROUP, OF_TYPE, (first,))


def _members(type_: GraphQLNamedType, before: str) -> Iterator[Passage]:
    """Yield the fields of a type, or the values of an enum; `before` is what their titles begin with."""
    members: Mapping[str, Any] = (
        type_.values if isinstance(type_, GraphQLEnumType) else getattr(type_, "fields", {})
    )
    for name, member in members.items():
        arguments = getattr(member, "args", None) or {}
        told = (_joined(f"{each}:", argument.description) for each, argument in arguments.items())
        yield Passage(anchor(name), f"{before}{name}", _joined(member.description, *told), name)


def _joined(*parts: str | None) -> str:
    return " ".join(" ".join(filter(None, parts)).replace("`", "").split())
