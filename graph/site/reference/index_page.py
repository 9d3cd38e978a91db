"""The first page of the reference: the operations, and all types by kind, which can be narrowed by typing."""

from collections.abc import Iterator
from html import escape
from typing import Final

from graphql import GraphQLNamedType

from graph.site.markdown import render_words
from graph.site.reference.links import ROOTS, Links
from graph.site.reference.view import KINDS, View

INTRODUCTION: Final = """\
<h1>API reference</h1>
<p>Everything that you can ask for: each type with its fields, what they cost, the errors that they can give and an
example, and each query, mutation and subscription with an operation to run. Programs get the same as text from
<a href="/graphql/schema.graphql"><code>/graphql/schema.graphql</code></a>.</p>
"""
# Shown by reference.js, which does it.
NARROW: Final = """\
<form class="narrow" hidden><label for="narrow">Find a name</label>
<input id="narrow" type="search" autocomplete="off" spellcheck="false" autocapitalize="off">
<output for="narrow" role="status"></output></form>
"""


def write_index(view: View, links: Links) -> str:
    """Return the body of the page."""
    roots = (_write_root(view, links, root) for root in ROOTS if root in view.types)
    return "".join([INTRODUCTION, NARROW, *roots, *_write_kinds(view, links)])


def _write_root(view: View, links: Links, root: str) -> str:
    page = ROOTS[root]
    fields = view.types[root].fields  # type: ignore[attr-defined]  # a root has fields
    items = "".join(_item(f"{links.page(root)}#{name}", name, field.description) for name, field in fields.items())
    return (
        f'<h2 id="{page}"><a href="{links.page(root)}">{page.capitalize()}</a></h2><ul class="names">{items}</ul>'
    )


def _write_kinds(view: View, links: Links) -> Iterator[str]:
    for kind in KINDS:
        types = view.of_kind(kind)
        if types:
            yield f'<h2 id="{kind.lower()}">{kind}</h2><ul class="names">{_type_items(links, types)}</ul>'
    directives = "".join(
        _item(links.page(name), name, each.description) for name, each in sorted(view.directives.items())
    )
    yield f'<h2 id="directives">Directives</h2><ul class="names">{directives}</ul>'


def _type_items(links: Links, types: list[GraphQLNamedType]) -> str:
    return "".join(_item(links.page(each.name), each.name, each.description) for each in types)


def _item(address: str, name: str, description: str | None) -> str:
    about = render_words(first_sentence(description or ""))
    return f'<li><a href="{escape(address)}"><code>{name}</code></a> <span>{about}</span></li>'


def first_sentence(text: str) -> str:
    """Return a text up to the end of its first sentence."""
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]
