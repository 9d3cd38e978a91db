"""GraphiQL for a browser at /graphql: its page, its files, and the tokens that development mode gives out."""

import asyncio
from collections.abc import Callable
from html import escape
from pathlib import Path
from string import Template

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from graph.identity.loopback import is_loopback, is_own
from graph.identity.viewer import Role
from graph.site.assets import Assets, served
from graph.site.graphiql import npm

STATIC = Path(__file__).parents[1] / "static"
OWN = STATIC / "graphiql"
OWN_FILES = (
    "icon.svg",
    *sorted(path.name for path in OWN.iterdir() if path.suffix in {".css", ".js", ".json"}),
)

# GraphiQL's editor sets styles from its script, and its style sheet brings its fonts as data.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

PAGE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "accept",
    "x-content-type-options": "nosniff",
}

IssueToken = Callable[[str], str]


class Ide:
    """GraphiQL, from a folder with its files; where `issue` makes tokens for roles, it hands them out."""

    def __init__(self, folder: Path, issue: IssueToken | None = None) -> None:
        self._assets = Assets((OWN, STATIC, folder), (*OWN_FILES, *npm.NAMES))
        self._issue = issue

    def routes(self) -> list[Route]:
        """Return the routes of what the page asks for."""
        tokens = [Route("/graphiql/tokens/{role}", self.token, methods=["POST"])] if self._issue else []
        return [*tokens, Route("/graphiql/{name}", self.file)]

    async def page(self, request: Request) -> Response:
        """Return the page; while GraphiQL's files aren't here, one that says how to get them."""
        versions = await asyncio.to_thread(self._assets.versions)
        if versions is None:
            html = Template(text_of("missing.html")).substitute(host=escape(request.headers.get("host", "")))
            return HTMLResponse(html, headers=PAGE_HEADERS)
        addresses = {
            name.replace(".", "_").replace("-", "_"): f"/graphiql/{name}?v={version}"
            for name, version in versions.items()
        }
        roles = " ".join(Role.__members__) if self._issue else ""
        html = Template(text_of("page.html")).substitute(addresses, roles=escape(roles))
        return HTMLResponse(html, headers=PAGE_HEADERS)

    async def file(self, request: Request) -> Response:
        """Answer with one of the page's files."""
        asset = await asyncio.to_thread(self._assets.get, request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        return served(request, asset)

    async def token(self, request: Request) -> Response:
        """Answer with a token for a role: to this page alone."""
        role = request.path_params["role"]
        if self._issue is None or role not in Role.__members__:
            raise HTTPException(404)
        if not (is_direct(request) and is_from_own_page(request.headers)):
            raise HTTPException(403)
        return JSONResponse({"token": self._issue(role)}, headers={"cache-control": "no-store"})


def text_of(name: str) -> str:
    """Return one of the pages' texts."""
    return (OWN / name).read_text(encoding="utf-8")


def is_from_own_page(headers: Headers) -> bool:
    """Return whether a page of this server on this machine asks: no other site, name or proxy is between.

    A browser says by itself whose page asks (Sec-Fetch-Site, Origin), and a foreign name that was made to point
    here shows in Host.
    """
    is_same_site = headers.get("sec-fetch-site") == "same-origin"
    is_same_origin = headers.get("origin", "") in {"", f"http://{headers.get('host')}"}
    return is_same_site and is_same_origin and is_own(dict(headers.raw))


def is_direct(request: Request) -> bool:
    """Return whether a connection is this machine's, and speaks as browsers do.

    Some proxies add no header of theirs, but speak HTTP/1.0 to what is behind them.
    """
    return request.client is not None and is_loopback(request.client.host) and request["http_version"] != "1.0"
