"""How the server is, as a page for people: at the addresses where programs get it as JSON."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from html import escape
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from graph.site.door import prefers_html
from graph.site.frame import answer_page

Endpoint = Callable[[Request], Awaitable[Response]]

# What each of the three words means.
MEANINGS: Final = {
    "healthy": "All is well.",
    "degraded": "Requests are answered, and somebody should look.",
    "unhealthy": "Requests can't be answered.",
}


def for_people(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that shows a browser what this one answers as JSON, with the same status."""

    async def answer(request: Request) -> Response:
        response = await endpoint(request)
        if not prefers_html(request.scope):
            response.headers.add_vary_header("accept")
            return response
        told = orjson.loads(bytes(response.body))
        return answer_page("health", write_health(told), response.status_code, {"cache-control": "no-store"})

    return answer


def write_health(told: dict[str, Any]) -> str:
    """Return the page's body: the word for the whole, and a line for each part where they are told."""
    status, seen = told["status"], datetime.fromisoformat(told["timestamp"])
    moment = f"{seen.day} {seen:%B %Y at %H:%M:%S} UTC"
    head = f"<h1>The server is {status}</h1><p>{MEANINGS[status]} Seen on {moment}.</p>"
    if "checks" not in told:
        return f'{head}<p>Operators see each part at <a href="/health">/health</a>.</p>'
    rows = "".join(_row(name, each) for name, each in told["checks"].items())
    names = "<thead><tr><th>part</th><th>health</th><th>what is known</th></tr></thead>"
    return f'{head}<div class="table"><table>{names}<tbody>{rows}</tbody></table></div>'


def _row(name: str, check: dict[str, Any]) -> str:
    words = [escape(check["detail"] or "")]
    if check["since"]:
        words.append(f"since {escape(check['since'])}")
    if check["help"]:
        words.append(f'<a href="{escape(check["help"])}">what to do</a>')
    told = ", ".join(filter(None, words))
    return f'<tr><td>{escape(name)}</td><td class="{check["status"]}">{check["status"]}</td><td>{told}</td></tr>'
