"""Markdown as HTML: sections with ids as GitHub's, links within this site, code in colour, tables that scroll."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from graph.site.code import open_in_ide, write_code
from graph.site.contents import contents
from graph.site.drawings import find_drawing
from graph.site.pages import address_of

# What headings lose in their sections' ids, as on GitHub: all but letters, digits, hyphens and blanks.
_NO_PART_OF_IDS = re.compile(r"[^\w\- ]")

# From how many letters on code within a line may be broken, and behind what.
LONG = 30
_JOINT = re.compile(r"(?<=[/_:])(?=\w)")

_PAGE = re.compile(r"docs/[a-z/0-9-]+\.md")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is shown: the file that its links are relative to, and whether operations can be opened here."""

    source: str = "docs/README.md"
    has_ide: bool = False


def render(text: str, reading: Reading | None = None) -> str:
    """Return a text as HTML; a page of 50 kB takes some 50 ms."""
    reading = reading or Reading()
    markdown = _markdown()
    tokens = parse_page(text)
    _number_items(tokens)
    _lead_links(tokens, reading.source)
    for token in tokens:
        # Columns of figures; the pages' policy takes no style in an element.
        if token.attrs.pop("style", None) == "text-align:right":
            token.attrSet("class", "figure")
    return str(markdown.renderer.render(tokens, markdown.options, {"reading": reading}))


def name_section(heading: str) -> str:
    """Return the id of a section, as a code host makes it of its heading."""
    return _NO_PART_OF_IDS.sub("", heading.lower()).replace(" ", "-")


def parse_page(text: str) -> Sequence[Token]:
    """Return the parts of a text, whose headings have their ids."""
    tokens = _markdown().parse(text)
    _name_sections(tokens)
    return tokens


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
    markdown.add_render_rule("code_inline", _write_code_inline)
    return markdown


def _name_sections(tokens: Sequence[Token]) -> None:
    """Give each heading an id; of several that are alike, all but the first a number too."""
    seen: Counter[str] = Counter()
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            name = name_section(inline.content)
            heading.attrSet("id", f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1


def _number_items(tokens: Sequence[Token]) -> None:
    """Have items that leave numbers out, as decisions do, keep their own."""
    before: dict[int, int] = {}
    for token in tokens:
        if token.type == "ordered_list_open":
            before.pop(token.level, None)
        elif token.type == "list_item_open" and token.info.isdigit():
            level, number = token.level - 1, int(token.info)
            if number > before.get(level, number) + 1:
                token.attrSet("value", number)
            before[level] = number


def _lead_links(tokens: Sequence[Token], source: str) -> None:
    """Have links and pictures lead to where their files are served."""
    for token in tokens:
        parts = token.children or []
        for at, part in enumerate(parts):
            if part.type == "link_open":
                _lead_link(parts, at, source)
            elif part.type == "image":
                part.attrSet("src", address_of(str(part.attrs["src"]), source) or "")


def _lead_link(parts: Sequence[Token], at: int, source: str) -> None:
    """Have a link lead to a page, called by its title and not its file; without one where nothing is served."""
    opening, words = parts[at], parts[at + 1]
    target = str(opening.attrs["href"])
    address = address_of(target, source)
    if address is None:
        closing = next(part for part in parts[at:] if part.type == "link_close")
        opening.tag = closing.tag = "span"
        opening.attrs = {"class": "file", "title": target}
        return
    opening.attrSet("href", address)
    if words.content == target:
        words.content = contents().title_of(address) or target


def _write_fence(_: Any, tokens: Sequence[Token], at: int, __: Any, env: Any) -> str:  # noqa: ANN401 - markdown-it's
    """Return a block; its first word is the language, a second with a dot the name of its file."""
    token = tokens[at]
    language, _, rest = token.info.strip().partition(" ")
    if language == "mermaid" and (drawing := find_drawing(rest, token.content)):
        return f'<figure class="drawing" tabindex="0">{drawing}</figure>\n'
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


def _write_code_inline(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:  # noqa: ANN401 - markdown-it's
    """Return code within a line; one that names a page, as the changelog does, leads to it."""
    text = tokens[at].content
    code = escape(text, quote=False)
    # Where a long name may go on in the next line.
    code = f"<code>{_JOINT.sub('<wbr>', code) if len(text) > LONG else code}</code>"
    is_linked = sum(token.nesting for token in tokens[:at] if token.type.startswith("link_")) > 0
    page = _PAGE.fullmatch(text)
    address = address_of(text, "README.md") if page and not is_linked else None
    return f'<a href="{address}">{code}</a>' if address else code


def _open_table(*_: Any) -> str:  # noqa: ANN401 - markdown-it's
    # What is wider than the page is scrolled to by keys too.
    return '<div class="table" tabindex="0"><table>\n'


def _close_table(*_: Any) -> str:  # noqa: ANN401 - markdown-it's
    return "</table></div>\n"


def _write_image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:  # noqa: ANN401 - markdown-it's
    tokens[at].attrSet("loading", "lazy")
    return f'<span class="picture">{renderer.image(tokens, at, options, env)}</span>'
