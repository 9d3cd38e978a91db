"""What the pages say, as text: for a search over them."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLNamedType

from graph.site.reference.links import KIND_OF, PATH, ROOTS, Links, anchor
from graph.site.reference.view import View, members_of


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: its id, its name, such as Company.locations, and what is said of it and its arguments."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A page: its address, its title, what it is about, and its sections."""

    address: str
    title: str
    about: str
    sections: tuple[Section, ...]


def outlines_of(view: View) -> Iterator[Outline]:
    """Yield all pages of a view, the index first."""
    yield Outline(PATH, "API reference", "All types and operations of the API.", ())
    for name in view.names():
        address = Links().page(name)
        if name in view.directives:
            yield Outline(address, name, view.directives[name].description or "", ())
            continue
        type_ = view.types[_root_of(name)]
        title = name.capitalize() if name in KIND_OF else name
        yield Outline(address, title, type_.description or "", tuple(_sections(type_)))


def _root_of(page: str) -> str:
    return next((root for root, name in ROOTS.items() if name == page), page)


def _sections(type_: GraphQLNamedType) -> Iterator[Section]:
    for name, member in members_of(type_).items():
        words = [member.description or ""]
        words += (f"{each}: {of.description or ''}" for each, of in getattr(member, "args", {}).items())
        # A root's fields are known by their own names.
        title = name if type_.name in ROOTS else f"{type_.name}.{name}"
        yield Section(anchor(name), title, " ".join(words))
