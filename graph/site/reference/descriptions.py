"""Descriptions as HTML: what they name of the schema, in code, is a link."""

import re

from graph.site.markdown import render_words
from graph.site.reference.links import ROOTS, Links
from graph.site.reference.view import View, members_of

_NAMED = re.compile(r"<code>(\w+)</code>")


def write_description(view: View, links: Links, text: str | None, parent: str = "") -> str:
    """Return a description as a paragraph, nothing of none; names are looked for in the type `parent` first."""
    return f"<p>{write_words(view, links, text, parent)}</p>" if text else ""


def write_words(view: View, links: Links, text: str, parent: str = "") -> str:
    """Return the same without the paragraph."""

    def linked(found: re.Match[str]) -> str:
        place = place_of(view, found[1], parent)
        return found[0] if place is None else f'<a href="{links.place(place)}">{found[0]}</a>'

    return _NAMED.sub(linked, render_words(text))


def place_of(view: View, name: str, parent: str = "") -> str | None:
    """Return the coordinate that a name stands for: of a field beside it, a type, or a root field."""
    if parent and name in members_of(view.types[parent]):
        return f"{parent}.{name}"
    if name in view.types:
        return name
    roots = (root for root in ROOTS if root in view.types and name in members_of(view.types[root]))
    root = next(roots, None)
    return None if root is None else f"{root}.{name}"
