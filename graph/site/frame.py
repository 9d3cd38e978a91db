"""The frame of the pages that people read: one head, one bar, the navigation, and one set of headers."""

from collections.abc import Mapping
from html import escape
from typing import Final, Literal

from starlette.responses import HTMLResponse, Response

from graph.site.contents import contents
from graph.site.files import link_files
from graph.site.navigation import write_bar, write_navigation, write_neighbours, write_way
from graph.site.sections import add_anchors, sections_of, write_sections

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
}

# "page" stands between the navigation and its own contents; "plain" has all of the width, and the bar alone.
Layout = Literal["page", "plain"]


def write_page(title: str, body: str, *, place: str = "", layout: Layout = "page", about: str = "") -> str:
    """Return the HTML of a page.

    `title` is text. `body` is HTML that begins with an h1; its h2 to h4 that have an id get a link to themselves,
    and h2 and h3 stand in the page's own contents. `place` is the page's address, from which its place in the
    navigation follows, and what comes before and after it. `about` is what others may show of it, in a sentence.
    """
    described = f'<meta name="description" content="{escape(about)}">' if about else ""
    marked = add_anchors(body)
    inside = _write_columns(title, marked, place) if layout == "page" else f'<main id="main">{marked}</main>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} · AriesOne</title>{described}{link_files()}</head>"
        f'<body class="{layout}"><a class="skip" href="#main">Skip to the text</a>'
        f"{write_bar(place, has_menu=layout == 'page')}{inside}</body></html>"
    )


def answer_page(
    title: str,
    body: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    place: str = "",
    layout: Layout = "page",
) -> Response:
    """Return the answer with a page that depends on what the client accepts."""
    page = write_page(title, body, place=place, layout=layout)
    return HTMLResponse(page, status, {**HEADERS, "vary": "accept", **(headers or {})})


def _write_columns(title: str, body: str, place: str) -> str:
    known = contents()
    before = write_way(known, title, place) + write_sections(sections_of(body))
    return (
        f'<div class="columns">{write_navigation(known, place)}<main id="main">{before}'
        f"<article>{body}</article>{write_neighbours(known, place)}</main></div>"
    )
