"""The sections of a page: links to its headings, and the contents that stand beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape

_HEADING = re.compile(r'<h([2-4]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r'<a class="anchor".*?</a>|<[^>]+>')
# Headings below this depth are left out of a page's contents, and so are contents of fewer entries.
DEEPEST = 3
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a page: how deep it is (2 to 4), its id, and its words."""

    depth: int
    id: str
    title: str


def sections_of(body: str) -> list[Section]:
    """Return the headings of a page that can be linked to, as Markdown or other pages write them."""
    found = _HEADING.finditer(body)
    return [Section(int(each[1]), unescape(each[2]), unescape(_TAG.sub("", each[3])).strip()) for each in found]


def add_anchors(body: str) -> str:
    """Return a page's body with a link beside each heading that leads to it."""
    link = r'<a class="anchor" href="#\2" aria-label="Link to this section">#</a>'
    return _HEADING.sub(rf'<h\1 id="\2">\3 {link}</h\1>', body)


def write_sections(sections: Sequence[Section]) -> str:
    """Return a page's contents: beside it where there is room, else opened by a button."""
    listed = [section for section in sections if section.depth <= DEEPEST]
    if len(listed) < FEWEST:
        return ""
    items = "".join(
        f'<li class="depth{each.depth}"><a href="#{escape(each.id)}">{escape(each.title)}</a></li>'
        for each in listed
    )
    return (
        '<button type="button" class="sections" popovertarget="sections">On this page</button>'
        f'<nav id="sections" popover aria-label="On this page"><p>On this page</p><ul>{items}</ul></nav>'
    )
