"""Where the parts of the schema stand in the reference, and links to them."""

import re
from dataclasses import dataclass
from html import escape
from typing import Final

from graphql import GraphQLNamedType, GraphQLType, get_named_type

PATH: Final = "/docs/reference"

# The pages of the root types, by these, with what is tried there.
ROOTS: Final = {"Query": "queries", "Mutation": "mutations", "Subscription": "subscriptions"}
KIND_OF: Final = {page: root.lower() for root, page in ROOTS.items()}

# Ids that the frame of all pages has.
_TAKEN: Final = frozenset({"main", "navigation", "search", "sections"})

_COORDINATE = re.compile(r"(@?\w+)(?:\.(\w+))?(?:\((\w+):\))?")


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links; `query` keeps to a view that was chosen, such as "?role=VIEWER"."""

    query: str = ""

    def page(self, name: str = "") -> str:
        """Return the address of a page by its name: a type's, "queries", "@cost", or none for the index."""
        return f"{PATH}/{ROOTS.get(name, name)}{self.query}" if name else f"{PATH}{self.query}"

    def place(self, coordinate: str) -> str:
        """Return the address of a coordinate, such as Company.locations(first:)."""
        found = _COORDINATE.fullmatch(coordinate)
        if found is None:
            return self.page()
        section = f"#{anchor(found[2], found[3])}" if found[2] else ""
        return self.page(found[1]) + section

    def coordinate(self, coordinate: str) -> str:
        """Return a link to a coordinate, as HTML."""
        return f'<a href="{escape(self.place(coordinate))}"><code>{escape(coordinate)}</code></a>'

    def type(self, type_: GraphQLType) -> str:
        """Return a type as HTML, such as [Company!]!, whose name is a link."""
        named: GraphQLNamedType = get_named_type(type_)
        before, _, after = str(type_).partition(named.name)
        return f'{before}<a href="{self.page(named.name)}">{named.name}</a>{after}'


def anchor(field: str, argument: str | None = None) -> str:
    """Return the id of a field's section, or of an argument in it."""
    section = f"{field}-field" if field in _TAKEN else field
    return f"{section}.{argument}" if argument else section
