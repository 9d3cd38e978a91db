"""/docs: the project's pages as HTML with their pictures, so that an error's `help` leads somewhere."""

import asyncio
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from threading import Lock

from markdown_it import MarkdownIt
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from graph.site.assets import Asset, asset_of, made, served
from graph.site.frame import HEADERS, write_page

# In a wheel the pages lie beside this file, in a checkout at the top.
_FOLDERS = (Path(__file__).with_name("pages"), Path(__file__).resolve().parents[2] / "docs")

# Pages written from the schema.
OF_SCHEMA = frozenset({"access"})

# What headings lose in their sections' ids, as on GitHub: all but letters, digits, hyphens and blanks.
_NO_PART_OF_IDS = re.compile(r"[^\w\- ]")

# What is served under each name, once it was asked for, and what makes only one of them at a time.
_kept: dict[str, Asset] = {}
_making = Lock()


@cache
def places() -> Mapping[str, Path]:
    """The files by their names in an address: pages without their suffix, pictures with it."""
    found: dict[str, Path] = {}
    for folder in reversed(_FOLDERS):
        for path in (*folder.glob("*.*"), *folder.glob("*/*.*")):
            if path.suffix in {".md", ".png", ".svg", ".json"}:
                found[path.relative_to(folder).as_posix().removesuffix(".md")] = path
    return found


def find(name: str) -> Asset | None:
    """Return what is served under a name, the list of all pages under none; None where there is nothing.

    Made when it is first asked for: up to 0.2 s.
    """
    with _making:
        if name not in _kept and (not name or name in places()):
            _kept[name] = make(name)
    return _kept.get(name)


def make(name: str) -> Asset:
    """Return a page as it will be served, or a picture."""
    if name and places()[name].suffix != ".md":
        return asset_of(places()[name])
    html = page(name, places()[name].read_text("utf-8")) if name else index()
    return made(html.encode(), "text/html")


def page(name: str, text: str) -> str:
    """Return a page as HTML."""
    return write_page(name, rendered(text))


def rendered(text: str) -> str:
    """Return the body of a page as HTML, each section under its heading as GitHub writes it in addresses."""
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(text)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", _NO_PART_OF_IDS.sub("", inline.content.lower()).replace(" ", "-"))
    for token in tokens:
        # Columns of figures; the page's policy takes no style in an element.
        if token.attrs.pop("style", None) == "text-align:right":
            token.attrSet("class", "figure")
    body = markdown.renderer.render(tokens, markdown.options, {})
    return f'<p><a href="/docs">All pages</a></p>{body}'


def index() -> str:
    """Return a page that leads to all others."""
    places = {path.stem: path.stem for folder in _FOLDERS for path in folder.glob("*.md")}
    for path in (path for folder in _FOLDERS for path in folder.glob("*/README.md")):
        places[path.parent.name] = f"{path.parent.name}/README"
    links = "".join(f'<li><a href="/docs/{place}">{name}</a></li>' for name, place in sorted(places.items()))
    return write_page(
        "docs", f'<h1>AriesOne</h1><ul>{links}<li><a href="/docs/schema.graphql">the schema</a></li></ul>'
    )


def tells_schema(request: Request) -> bool:
    """Return whether a page tells the whole schema, those fields too that introspection hides from most.

    In any case of letters, as some file systems have it.
    """
    return str(request.path_params["name"]).lower().removesuffix(".md") in OF_SCHEMA


async def docs(request: Request) -> Response:
    """Answer with one page, of a folder with its first; pages call each other by the names of their files."""
    name = request.path_params.get("name", "").removesuffix(".md")
    found = _kept.get(name) or await asyncio.to_thread(find, name)
    if found is None and (readme := f"{name.rstrip('/')}/README") in places():
        # Its links are beside it.
        return RedirectResponse(f"/docs/{readme}", headers=HEADERS)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return served(request, found, {**HEADERS, "cache-control": "private, no-cache"})
