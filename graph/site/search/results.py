"""/docs/search: all that is found, which the browser fills in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.site.frame import answer_page
from graph.site.search.box import RESULTS

_BODY = """<h1>Search</h1>
<noscript><p>Search needs JavaScript. <a href="/docs">All pages</a> are listed by who reads them.</p></noscript>
<div id="results">
<p role="status">Type what you look for into the box above, or press <kbd>/</kbd>.</p>
<ol></ol>
</div>
"""


async def answer_results(_: Request) -> Response:
    """Answer with the page, which is the same whatever is looked for."""
    return answer_page("Search", _BODY, place=RESULTS)


def route() -> Route:
    """Return the route of the page."""
    return Route(RESULTS, answer_results)
