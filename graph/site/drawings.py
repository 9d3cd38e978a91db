"""Drawings: a text in Mermaid, which a code host draws by itself, and the SVG that was made of it for the site."""

import hashlib
import re
from collections.abc import Iterator

from graph.site.pages import places

# A block is named by the second word: its SVG lies in docs/drawings under that name.
_BLOCK = re.compile(r"^```mermaid ([a-z-]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def drawings_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each drawing in a page's Markdown."""
    for block in _BLOCK.finditer(text):
        yield block[1], block[2]


def find_drawing(name: str, text: str) -> str | None:
    """Return the SVG of a drawing; None where it was made of another text, or never."""
    place = places().get(f"drawings/{name}.svg")
    svg = place.text() if place else ""
    return svg if is_of(svg, text) else None


def sign(svg: str, text: str) -> str:
    """Return an SVG that says what text it was made of."""
    return svg.replace("<svg ", f'<svg data-text="{_digest(text)}" ', 1) + "\n"


def is_of(svg: str, text: str) -> bool:
    """Return whether an SVG was made of a text."""
    return svg.startswith(f'<svg data-text="{_digest(text)}" ')


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
