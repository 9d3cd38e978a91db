"""/docs: the project's pages as HTML with their pictures, so that an error's `help` leads somewhere."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import asdict
from html import unescape
from http import HTTPStatus
from threading import Lock
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from graph.site.assets import Asset, asset_of, made, served
from graph.site.contents import contents
from graph.site.contents_page import write_contents
from graph.site.door import asks_for_json
from graph.site.frame import HEADERS, write_page
from graph.site.markdown import Reading, render
from graph.site.pages import Place, name_of, places

# Pages written from the schema.
OF_SCHEMA = frozenset({"access"})

# A picture brings its own style, and nothing else.
PICTURE_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
}

_TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>")


class Docs:
    """The pages and pictures, each made when it is first asked for, and kept as it is served.

    `has_ide` says whether the server shows GraphiQL, where operations can be opened.
    """

    def __init__(self, *, has_ide: bool) -> None:
        self._has_ide = has_ide
        self._kept: dict[str, Asset] = {}
        # One page is made at a time.
        self._making = Lock()

    async def answer(self, request: Request) -> Response:
        """Answer with a page or a picture; a page may be called by the name of its file too."""
        name = request.path_params.get("name", "").removesuffix(".md")
        if not name and asks_for_json(request.scope):
            return JSONResponse(listed(), headers={"vary": "accept"})
        asset = self._kept.get(name) or await asyncio.to_thread(self.find, name)
        if asset is None:
            elsewhere = name_of(name)
            if elsewhere != name and elsewhere in places():
                return RedirectResponse(places()[elsewhere].address, headers=HEADERS)
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = HEADERS if asset.media_type == "text/html" else PICTURE_HEADERS
        # The page of all pages is JSON for programs.
        varied = {} if name else {"vary": "accept, accept-encoding"}
        return served(request, asset, {**headers, **varied, "cache-control": "private, no-cache"})

    def find(self, name: str) -> Asset | None:
        """Return what is served under a name; None where there is nothing. What isn't kept takes up to 0.2 s."""
        with self._making:
            if name not in self._kept and name in places():
                self._kept[name] = self.make(places()[name])
        return self._kept.get(name)

    def make(self, place: Place) -> Asset:
        """Return a page as it will be served, or a picture."""
        if not place.is_page:
            return asset_of(place.path)
        return made(write_text(place, has_ide=self._has_ide).encode(), "text/html")


def write_text(place: Place, *, has_ide: bool = False) -> str:
    """Return a page of the docs as HTML."""
    reading = Reading(place.source, has_ide)
    body = render(place.text(), reading) if place.name else write_contents(place.text(), reading, contents())
    found = _TITLE.search(body)
    title = unescape(re.sub(r"<[^>]+>", "", found[1])) if found else place.name
    entry = contents().find(place.address)
    about = entry[1].about if entry and entry[1].address == place.address else ""
    return write_page(title, body, place=place.address, about=about)


def listed() -> Mapping[str, Any]:
    """Return the pages by their groups, for programs."""
    return {
        "groups": [
            {"title": group.title, "pages": [asdict(entry) for entry in group.entries]}
            for group in contents().groups
        ]
    }


def tells_schema(request: Request) -> bool:
    """Return whether a page tells the whole schema, those fields too that introspection hides from most.

    In any case of letters, as some file systems have it.
    """
    return str(request.path_params["name"]).lower().removesuffix(".md") in OF_SCHEMA
