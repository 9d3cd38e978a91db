"""What any page may send whatever client it has: the headers of usual tools, and graphql-js's introspection."""

import json
from collections.abc import AsyncIterator

import pytest
from graphql import build_schema
from playwright.async_api import Browser, Error, Page

from graph.schema import core_schema
from tests.clients.conftest import Serve, token
from tests.clients.workshop import Workshop

pytestmark = pytest.mark.clients

# What Sentry, OpenTelemetry, Apollo, a cache and a proxy's rules have pages add to their requests.
HEADERS = {
    "baggage": "sentry-environment=production",
    "sentry-trace": "566e3688a61d4bc888951642d6f14a19-1",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "vendor=1",
    "apollographql-client-name": "web",
    "apollographql-client-version": "1.0",
    "x-apollo-operation-name": "A",
    "cache-control": "no-cache",
    "content-type": "application/json",
    "if-none-match": '"1"',
    "x-request-id": "7f0c",
    "x-requested-with": "XMLHttpRequest",
}
ANSWER = {"data": {"__typename": "Query"}}
ASK = "async ([url, headers]) => (await fetch(url, { headers })).json()"


@pytest.fixture
async def page(chromium: Browser, development: str) -> AsyncIterator[Page]:
    """A page of another site in a real browser; one that isn't on this machine might not ask it anything."""
    # This machine's pages are ours, whose policy lets them ask nobody else.
    opened = await chromium.new_page(bypass_csp=True)
    await opened.goto(f"{development}/livez")
    yield opened
    await opened.close()


def test_a_page_may_send_the_headers_of_usual_tools(shop: Workshop) -> None:
    shop.variables["HEADERS"] = json.dumps({**HEADERS, "authorization": f"Bearer {token('viewer')}"})
    visit = shop.node("traced.js")
    assert visit.answer == [ANSWER] * (len(HEADERS) + 2)
    assert all(each["asked"] for each in visit.sent)


async def test_a_real_browser_lets_it(page: Page, serve: Serve, development: str) -> None:
    headers = {**HEADERS, "authorization": f"Bearer {token('viewer')}"}
    with serve(environment="production", cors_origins=development) as base_url:
        url = f"{base_url}/graphql?query={{__typename}}"
        assert await page.evaluate(ASK, [url, headers]) == ANSWER
        with pytest.raises(Error, match="Failed to fetch"):
            await page.evaluate(ASK, [url, {"x-unheard-of": "1"}])


def test_its_tools_can_read_the_schema(shop: Workshop) -> None:
    shop.variables["TOKEN"] = token("admin")
    full, usual, bare = shop.node("introspection.js").answer
    for printed in (full, usual, bare):
        assert set(build_schema(printed).type_map) == set(core_schema.type_map)
    assert '"""An organisation with an NPI' not in bare
    assert "@specifiedBy(" in full
