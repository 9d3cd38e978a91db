"""The frame of the pages that people read: one head, one style sheet, one icon, one set of headers."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from graph.site.assets import asset_of, served

ICON = Path(__file__).with_name("static") / "icon.svg"

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'",
    "x-content-type-options": "nosniff",
}

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; font-size: 1.15rem; font-family: ui-monospace, monospace; }
:target { background: Highlight; color: HighlightText; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid GrayText; border-radius: .3rem; }
pre code { overflow-wrap: normal; }
img { max-width: 100%; height: auto; }
table { display: block; overflow-x: auto; border-collapse: collapse; }
td, th { border: 1px solid GrayText; padding: .3rem .6rem; text-align: left; }
td.figure, th.figure { text-align: right; }
"""


def write_page(title: str, body: str) -> str:
    """The HTML of a page; `body` is HTML, `title` is text."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>AriesOne: {escape(title)}</title><link rel="stylesheet" href="/docs/style.css">'
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def answer_page(title: str, body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer with a page that depends on what the client accepts."""
    return HTMLResponse(write_page(title, body), status, {**HEADERS, "vary": "accept", **(headers or {})})


async def style(_: Request) -> Response:
    """Answer with the pages' style sheet."""
    return Response(_STYLE, media_type="text/css", headers=HEADERS)


async def icon(request: Request) -> Response:
    """Answer with the icon that browsers ask for by themselves, whatever they show."""
    return served(request, asset_of(ICON), HEADERS)
