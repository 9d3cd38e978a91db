"""Markdown as HTML: sections with ids as GitHub's, links within this site, code in colour, tables that scroll."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from graph.site.code import open_in_ide, write_code
from graph.site.pages import address_of

# What headings lose in their sections' ids, as on GitHub: all but letters, digits, hyphens and blanks.
_NO_PART_OF_IDS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is shown: the file that its links are relative to, and whether operations can be opened here."""

    source: str = "docs/README.md"
    has_ide: bool = False


def render(text: str, reading: Reading | None = None) -> str:
    """Return a text as HTML; a page of 50 kB takes some 50 ms."""
    reading = reading or Reading()
    markdown = _markdown()
    tokens = markdown.parse(text)
    _name_sections(tokens)
    _lead_links(tokens, reading.source)
    for token in tokens:
        # Columns of figures; the pages' policy takes no style in an element.
        if token.attrs.pop("style", None) == "text-align:right":
            token.attrSet("class", "figure")
    return str(markdown.renderer.render(tokens, markdown.options, {"reading": reading}))


def render_words(text: str) -> str:
    """Return a text of one paragraph as HTML without the paragraph."""
    return str(_markdown().renderInline(text))


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"xhtmlOut": False}).enable("table")
    markdown.add_render_rule("fence", _write_fence)
    markdown.add_render_rule("code_block", _write_block)
    markdown.add_render_rule("table_open", _open_table)
    markdown.add_render_rule("table_close", _close_table)
    markdown.add_render_rule("image", _write_image)
    return markdown


def _name_sections(tokens: Sequence[Token]) -> None:
    """Give each heading an id; of several that are alike, all but the first a number too."""
    seen: Counter[str] = Counter()
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            name = _NO_PART_OF_IDS.sub("", inline.content.lower()).replace(" ", "-")
            heading.attrSet("id", f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1


def _lead_links(tokens: Sequence[Token], source: str) -> None:
    """Have links and pictures lead to where their files are served; what isn't served is named without a link."""
    for token in _all(tokens):
        attribute = {"link_open": "href", "image": "src"}.get(token.type)
        if attribute is None:
            if token.type == "link_close" and token.meta.get("is_dead"):
                token.tag = "span"
            continue
        target = str(token.attrs[attribute])
        address = address_of(target, source)
        if address is not None:
            token.attrSet(attribute, address)
        elif token.type == "link_open":
            token.tag = "span"
            token.attrs = {"class": "file", "title": target}


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield all tokens; a link's end is told if its beginning leads nowhere."""
    for token in tokens:
        yield token
        opening: Token | None = None
        for child in token.children or ():
            if child.type == "link_open":
                opening = child
            if child.type == "link_close" and opening is not None and opening.tag == "span":
                child.meta = {"is_dead": True}
            yield child


def _write_fence(_: Any, tokens: Sequence[Token], at: int, __: Any, env: Any) -> str:  # noqa: ANN401 - markdown-it's
    """Return a block; its first word is the language, a second with a dot the name of its file."""
    token = tokens[at]
    language, _, rest = token.info.strip().partition(" ")
    file = rest if "." in rest else ""
    ide = ""
    if language == "graphql" and env["reading"].has_ide:
        ide = open_in_ide(token.content, _variables_after(tokens, at))
    return write_code(token.content, language, file, ide)


def _variables_after(tokens: Sequence[Token], at: int) -> str:
    """Return what the next block says, if it begins with ```json variables; else nothing."""
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if following is None or following.type != "fence" or following.info.split() != ["json", "variables"]:
        return ""
    return following.content


def _write_block(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:  # noqa: ANN401 - markdown-it's
    return write_code(tokens[at].content)


def _open_table(*_: Any) -> str:  # noqa: ANN401 - markdown-it's
    # What is wider than the page is scrolled to by keys too.
    return '<div class="table" tabindex="0"><table>\n'


def _close_table(*_: Any) -> str:  # noqa: ANN401 - markdown-it's
    return "</table></div>\n"


def _write_image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:  # noqa: ANN401 - markdown-it's
    tokens[at].attrSet("loading", "lazy")
    return f'<span class="picture">{renderer.image(tokens, at, options, env)}</span>'
