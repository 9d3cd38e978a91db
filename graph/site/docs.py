"""/docs: the project's pages as HTML with their pictures, so that an error's `help` leads somewhere."""

import re
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from graph.site.frame import HEADERS, write_page

# In a wheel the pages lie beside this file, in a checkout at the top.
_FOLDERS = (Path(__file__).with_name("pages"), Path(__file__).resolve().parents[2] / "docs")

# Pages written from the schema.
OF_SCHEMA = frozenset({"access"})

# A page or a picture, or one in a folder.
_NAME = re.compile(r"([a-z]+/)?[A-Za-z0-9-]+(\.(png|svg|json))?")


def page(name: str) -> str | None:
    """Return a page as HTML, each section under its heading in lower case; None where there is none."""
    text = next((path.read_text("utf-8") for path in _candidates(name, ".md") if path.is_file()), None)
    if text is None:
        return None
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse(text)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", inline.content.lower().replace(" ", "-"))
    body = markdown.renderer.render(tokens, markdown.options, {})
    return write_page(name, f'<p><a href="/docs">All pages</a></p>{body}')


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
    """Answer with one page; pages call each other by the names of their files."""
    name = request.path_params.get("name", "").removesuffix(".md")
    if picture := next((path for path in _candidates(name, "") if path.suffix and path.is_file()), None):
        return FileResponse(picture, headers=HEADERS)
    found = page(name) if name else index()
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return HTMLResponse(found, headers=HEADERS)


def _candidates(name: str, suffix: str) -> list[Path]:
    return [folder / f"{name}{suffix}" for folder in _FOLDERS] if _NAME.fullmatch(name) else []
