"""/docs/reference: a page for each type of the schema, as the viewer sees it, with operations that can be run."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Final

from cachetools import LRUCache, cached
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from graph.examples.operation import Operation, Operations
from graph.examples.samples import Samples
from graph.examples.values import examples_of
from graph.execution.facts import facts_of
from graph.execution.run import Runner
from graph.identity.authentication import Authentication
from graph.identity.viewer import Viewer
from graph.roles.views import Views
from graph.schema import core_schema
from graph.site.assets import Asset, made, served
from graph.site.frame import HEADERS, write_page
from graph.site.reference.choice import Choice, choose, roles_of_everybody, write_note, write_unseen
from graph.site.reference.index_page import first_sentence, write_index
from graph.site.reference.links import KIND_OF, PATH, ROOTS, Links
from graph.site.reference.root_page import write_root
from graph.site.reference.sought import Sought
from graph.site.reference.type_page import write_directive, write_type
from graph.site.reference.view import View

# Bytes of pages that are kept, with what they come to when compressed; all of one viewer's are some 4 MB.
MAX_KEPT: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the reference: its address, its title, what it is about in a sentence, and its body as HTML."""

    address: str
    title: str
    about: str
    body: str


class Reference:
    """Answers with the pages; those of the roles that asked last are kept as they are served."""

    def __init__(self, authentication: Authentication, runner: Runner, *, is_open: bool, has_ide: bool) -> None:
        self._authentication = authentication
        self._runner = runner
        self._is_open = is_open
        self._has_ide = has_ide
        self._sought = Sought(runner)
        self._whole = core_schema
        self._schemas = Views(core_schema)
        self._views: dict[frozenset[str], View] = {}
        self._find = cached(
            LRUCache[object, Asset](MAX_KEPT, getsizeof=_size_of),
            key=lambda choice, name, _, number: (choice, name, number),
            lock=Lock(),
        )(self._make)

    def routes(self) -> list[Route]:
        """Return the routes of the pages."""
        return [Route(PATH, self.answer), Route(f"{PATH}/{{name}}", self.answer)]

    async def answer(self, request: Request) -> Response:
        """Answer with a page; raises UnauthenticatedError for a token that isn't right."""
        viewer = await self._authentication.authenticate(request.headers.raw)
        choice = choose(request, viewer, is_open=self._is_open)
        name = request.path_params.get("name", "")
        if name in ROOTS:
            return RedirectResponse(choice.links.page(name), headers=HEADERS)
        samples = await self._sought.samples(request.state.database)
        number = self._sought.number
        if not await asyncio.to_thread(self._has, choice, name):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        asset = await asyncio.to_thread(self._find, choice, name, samples, number)
        headers = {**HEADERS, "cache-control": "private, no-cache", "vary": "accept-encoding, authorization"}
        return served(request, asset, headers)

    def view_of_everybody(self) -> View:
        """Return what a page shows to those without a token, while one develops of all roles."""
        return self._view(roles_of_everybody(is_open=self._is_open))

    def _has(self, choice: Choice, name: str) -> bool:
        """Return whether there is a page: where a role can be chosen, also about what that role can't see."""
        view = self._view(choice.roles) if choice.role is None else self.view_of_everybody()
        return not name or name in view.names()

    def _view(self, roles: frozenset[str]) -> View:
        """Return what roles see; the first time it takes 0.2 s. There are 16 sets of them."""
        if roles not in self._views:
            self._views[roles] = View(self._schemas.of(roles), facts_of(self._whole))
        return self._views[roles]

    def _make(self, choice: Choice, name: str, samples: Samples, _: int) -> Asset:
        page = self._page(choice, name, samples)
        html = write_page(page.title, page.body, place=page.address, about=page.about)
        return made(html.encode(), "text/html")

    def _page(self, choice: Choice, name: str, samples: Samples) -> Page:
        view, links = self._view(choice.roles), choice.links
        if not name:
            title, about, body = "API reference", "All types and operations of the API", write_index(view, links)
        elif name not in view.names():
            title, about, body = name, "", write_unseen(choice, name)
        elif name in KIND_OF:
            title, about = name.capitalize(), f"All {name} of the API, each with an operation to run"
            operations = Operations(view.schema, examples_of(self._whole), samples)
            body = write_root(view, links, name, operations, self._cost_for(choice.roles), has_ide=self._has_ide)
        elif name in view.directives:
            title, about = name, first_sentence(view.directives[name].description or "")
            body = write_directive(view, links, name)
        else:
            title, about = name, first_sentence(view.types[name].description or "")
            body = write_type(view, links, name)
        return Page(Links().page(name), title, about, _below_heading(body, write_note(choice, name)))

    def _cost_for(self, roles: frozenset[str]) -> Callable[[Operation], float]:
        """Return what tells the most that an operation can cost those who have roles."""
        viewer = Viewer("reader", roles)
        return lambda operation: self._runner.prepare(operation.text, None, operation.variables, viewer).cost


def _below_heading(body: str, note: str) -> str:
    head, end, rest = body.partition("</h1>")
    return f"{head}{end}{note}{rest}"


def _size_of(asset: Asset) -> int:
    return len(asset.content) + len(asset.compressed)
