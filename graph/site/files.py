"""The style sheet, the scripts and the icon of the pages: named by what is in them, so that browsers keep them."""

from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.site.assets import Assets, served
from graph.site.pages import ADDRESS

# In the order in which a page asks for them.
STYLES: Final = ("site.css", "code.css", "search.css", "drawing.css", "front.css", "reference.css")
SCRIPTS: Final = ("site.js", "finder.js", "search.js", "reference.js")
ICON: Final = "icon.svg"

_assets = Assets([Path(__file__).with_name("static")], [*STYLES, *SCRIPTS, ICON])


def link_files() -> str:
    """Return the part of a page's head that asks for its files."""
    styles = "".join(f'<link rel="stylesheet" href="{address_of(name)}">' for name in STYLES)
    scripts = "".join(f'<script defer src="{address_of(name)}"></script>' for name in SCRIPTS)
    return f'<link rel="icon" type="image/svg+xml" href="{address_of(ICON)}">{styles}{scripts}'


def address_of(name: str) -> str:
    """Return where a file is served as it is now; another content would have another address."""
    asset = _assets.get(name)
    if asset is None:
        raise FileNotFoundError(name)
    return f"{ADDRESS}/{name}?v={asset.version}"


def routes() -> list[Route]:
    """Return the routes of the files, and of the icon that browsers ask for by themselves."""
    return [
        *(Route(f"{ADDRESS}/{name}", _answer) for name in (*STYLES, *SCRIPTS, ICON)),
        Route("/favicon.ico", _answer_icon),
    ]


async def _answer(request: Request) -> Response:
    return _served(request, request.url.path.removeprefix(f"{ADDRESS}/"))


async def _answer_icon(request: Request) -> Response:
    return _served(request, ICON)


def _served(request: Request, name: str) -> Response:
    asset = _assets.get(name)
    if asset is None:
        raise HTTPException(404)
    return served(request, asset, {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"})
