"""The index of search: all that can be found, as JSON, made when it is first asked for."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.site.assets import Asset, made, served
from graph.site.contents import Contents, contents
from graph.site.docs import OF_SCHEMA
from graph.site.frame import HEADERS
from graph.site.pages import ADDRESS, Place, places
from graph.site.search.passages import Found, Passage, read_passages

PATH: Final = f"{ADDRESS}/search.json"

# What the words of a page count: how it is built is seldom what one looks for.
WEIGHTS: Final = {"How it is built": 0.4}


class SearchIndex:
    """Answers with the index of what everybody may read on this server; `others` makes those without a file."""

    def __init__(self, others: Callable[[], Iterable[Found]]) -> None:
        self._others = others
        self._asset: Asset | None = None
        self._making = Lock()

    def route(self) -> Route:
        """Return the route of the index."""
        return Route(PATH, self.answer)

    async def answer(self, request: Request) -> Response:
        """Answer with the index."""
        asset = self._asset
        if asset is None:
            asset = await asyncio.to_thread(self._made)
        return served(request, asset, {**HEADERS, "cache-control": "private, no-cache"})

    def _made(self) -> Asset:
        """Return it as it is served; the first time it takes a second."""
        with self._making:
            asset = self._asset or made(write_index([*pages_of_docs(), *self._others()]), "application/json")
            self._asset = asset
            return asset


def write_index(pages: Iterable[Found]) -> bytes:
    """Return pages as JSON, in lists that the script takes apart.

    `pages` has their addresses, titles, groups and weights; `passages` the number of a page, an id, a title, names
    and a text.
    """
    listed = list(pages)
    passages = [
        (number, each.id, each.title, each.names, each.text)
        for number, page in enumerate(listed)
        for each in page.passages
    ]
    return orjson.dumps(
        {"pages": [(page.address, page.title, page.group, page.weight) for page in listed], "passages": passages}
    )


def pages_of_docs() -> Iterator[Found]:
    """Yield the pages that have a file; of those that are written from the schema only what they are about."""
    known = contents()
    for name, place in places().items():
        if place.is_page:
            yield _page(known, name, place)


def _page(known: Contents, name: str, place: Place) -> Found:
    first, *rest = read_passages(place.text())
    if name in OF_SCHEMA:
        first, rest = Passage("", first.title, ""), []
    found = known.find(place.address)
    group, title = ("", known.title_of(place.address) or first.title)
    if found is not None:
        group = found[0].title
        first = Passage("", first.title, f"{found[1].about}. {first.text}" if found[1].about else first.text)
    return Found(place.address, title, group, WEIGHTS.get(group, 1.0), (first, *rest))
