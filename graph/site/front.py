"""The server's own address, and what a browser gets at every other one where there is only JSON."""

from collections.abc import Awaitable, Callable
from html import escape
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.errors import ClientError
from graph.http import refusal
from graph.http.exchange import exchange_of
from graph.http.media import read_accept
from graph.site.capabilities import PATH as CAPABILITIES
from graph.site.frame import answer_page
from graph.site.schema_text import PATH as SCHEMA

# What leads on from here, for programs; the page for people has the same.
PLACES = {
    "graphql": "/graphql",
    "docs": "/docs",
    "schema": SCHEMA,
    "capabilities": CAPABILITIES,
    "troubleshooting": "/docs/troubleshooting",
    "health": "/readyz",
}

Page = Callable[[str], Awaitable[Response]]


class Door:
    """What stands at /graphql: a page for a browser that opens the address, the endpoint for all else.

    `page` makes the page from the name and port that the server was reached by. Where it has no use for a query in
    the address (`shows_queries` is false), the endpoint answers that, for browsers too.
    """

    def __init__(self, endpoint: ASGIApp, page: Page, *, shows_queries: bool) -> None:
        self._endpoint = endpoint
        self._page = page
        self._shows_queries = shows_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the page to a browser; pass everything else on."""
        headers = Headers(scope=scope)
        is_page = scope["method"] == "GET" and prefers_html(scope)
        if is_page and (self._shows_queries or not scope["query_string"]):
            answer: ASGIApp = await self._page(headers.get("host", ""))
        else:
            answer = self._endpoint
        await answer(scope, receive, send)


def prefers_html(scope: Scope) -> bool:
    """Return whether a client would rather have a page than JSON."""
    return read_accept(exchange_of(scope).headers.get(b"accept", b"")).prefers_html


async def front_page(host: str) -> Response:
    """The page that says what this is, how to ask it, and where to read on."""
    body = f"""
<h1>AriesOne</h1>
<p>A GraphQL API over healthcare companies (organisations with an NPI) and the places where they practise.
Operations go to <code>/graphql</code>:</p>
<pre><code>curl {escape(host)}/graphql -H 'content-type: application/json' \\
  -d '{{"query": "{{ companies(first: 3) {{ nodes {{ npi name }} }} }}"}}'</code></pre>
{_ways_on()}
"""
    return answer_page("companies and their locations", body)


async def home(request: Request) -> Response:
    """Answer at the server's own address: a page for browsers, the places that lead on for programs."""
    if prefers_html(request.scope):
        return await front_page(request.headers.get("host", ""))
    return JSONResponse({"name": "AriesOne", **PLACES}, headers={"vary": "accept"})


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer what one of the routes refuses: a page for browsers, the one shape of errors for programs."""
    answer = await refusal.answer_error(request, error)
    if not prefers_html(request.scope):
        return answer
    title = f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}"
    message = str(error) if isinstance(error, ClientError) else "These places are here:"
    trace = f"<p>Trace <code>{exchange_of(request.scope).trace_id}</code>.</p>"
    body = f"<h1>{title}</h1><p>{escape(message)}</p>{_ways_on()}{trace}"
    kept = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
    return answer_page(title, body, answer.status_code, kept)


def _ways_on() -> str:
    links = "".join(
        f'<li><a href="{place}">{place}</a>: {what}</li>'
        for place, what in (
            (PLACES["graphql"], "the API, and GraphiQL where this server shows it"),
            (PLACES["docs"], "how to use it"),
            (PLACES["schema"], "what can be asked for; in production with a token"),
            (PLACES["troubleshooting"], "what each error means"),
        )
    )
    return f"<ul>{links}</ul>"
