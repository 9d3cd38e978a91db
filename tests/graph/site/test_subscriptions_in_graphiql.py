"""A subscription in a real Chromium: in GraphiQL, and by the browser's own EventSource."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, expect
from starlette.types import ASGIApp

from graph.app import create_app
from tests.graph.conftest import Server, bearer
from tests.graph.mutations.conftest import OBRIEN
from tests.graph.site.visiting import TAKEN_IN, Visit, visiting

pytestmark = pytest.mark.slow

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

EDIT = """
    mutation($npi: NPI!, $website: String) {
      updateCompany(input: {npi: $npi, website: $website}) { userErrors { code } }
    }
"""
CHANGES = 'subscription { changes(filter: {npis: ["%s"]}) { kind company { website } } }' % OBRIEN  # noqa: UP031 - braces
# What a page of a site of one's own does; what it was told lies in `told`.
LISTEN = """
window.told = [];
window.source = new EventSource("/graphql?query=" + encodeURIComponent(
  "subscription { changes { cursor company { website } } }"
));
window.opened = 0;
source.addEventListener("open", () => opened += 1);
source.addEventListener("next", (event) => told.push([event.lastEventId, JSON.parse(event.data)]));
"""


@pytest.fixture
def own(sample_copy: str, settings_for: Callable[..., Any], serve: Serve, graphiql_data: Path) -> Iterator[Server]:
    """A server in development, whose directory may be changed."""
    with serve(create_app(settings_for(sample_copy, data_dir=graphiql_data))) as server:
        yield server


@pytest.fixture
async def visit(chromium: Browser, own: Server) -> AsyncIterator[Visit]:
    """A visit to it."""
    async with visiting(chromium, own) as visit:
        yield visit


def edit(server: Server, website: str) -> None:
    """Change a company."""
    given = {"npi": OBRIEN, "website": website}
    answer = server.post(EDIT, given, authorization=bearer("admin")).json()
    assert answer["data"]["updateCompany"]["userErrors"] == []


async def listeners(server: Server) -> int:
    """How many listen, by the server's own count."""
    metrics = await asyncio.to_thread(server.client.get, "/metrics")
    lines = [line for line in metrics.text.splitlines() if line.startswith("graphql_listeners")]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


async def until_listen(server: Server, count: int) -> None:
    async with asyncio.timeout(10):
        while await listeners(server) != count:  # noqa: ASYNC110 - another thread serves
            await asyncio.sleep(0.05)


async def until_is(page: Page, expression: str, value: int) -> None:
    async with asyncio.timeout(10):
        while await page.evaluate(expression) != value:
            await page.wait_for_timeout(50)


def is_stream(request: Request) -> bool:
    return request.headers.get("accept") == "text/event-stream"


async def test_changes_are_shown_as_they_come_until_it_is_stopped(visit: Visit, own: Server) -> None:
    before = await listeners(own)
    await visit.role.select_option("PARTNER")
    await visit.type(CHANGES)
    await visit.page.wait_for_timeout(TAKEN_IN)
    async with visit.page.expect_request(is_stream) as asked:
        await visit.page.get_by_label("Execute query (Ctrl-Enter)").click()
    assert (await asked.value).headers["authorization"] == f"Bearer {await visit.token.input_value()}"
    await until_listen(own, before + 1)
    for website in ("https://one.example", "https://two.example"):
        edit(own, website)
        await expect(visit.response).to_contain_text(website)
    await visit.page.get_by_label("Stop query").click()
    await until_listen(own, before)
    edit(own, "https://three.example")
    await visit.page.wait_for_timeout(500)
    await expect(visit.response).not_to_contain_text("three")


async def test_the_example_tells_what_was_and_brings_its_role(visit: Visit) -> None:
    await visit.open_tab("ListenToChanges")
    await expect(visit.role).to_have_value("PARTNER")
    await visit.page.wait_for_timeout(TAKEN_IN)
    await visit.page.get_by_label("Execute query (Ctrl-Enter)").click()
    await expect(visit.response).to_contain_text('"occurredAt"')
    await visit.page.get_by_label("Stop query").click()


async def test_who_may_not_listen_is_told_why(visit: Visit) -> None:
    await visit.type(CHANGES)
    await visit.page.wait_for_timeout(TAKEN_IN)
    await visit.page.get_by_label("Execute query (Ctrl-Enter)").click()
    await expect(visit.response).to_contain_text("FORBIDDEN")
    await expect(visit.notice).to_contain_text("PARTNER")
    await expect(visit.page.get_by_label("Execute query (Ctrl-Enter)")).to_be_visible()


async def test_a_connection_that_is_lost_is_made_anew_behind_the_last_event(visit: Visit, own: Server) -> None:
    before = await listeners(own)
    await visit.role.select_option("PARTNER")
    await visit.type(CHANGES)
    await visit.page.wait_for_timeout(TAKEN_IN)
    await visit.page.get_by_label("Execute query (Ctrl-Enter)").click()
    await until_listen(own, before + 1)
    edit(own, "https://one.example")
    await expect(visit.response).to_contain_text("https://one.example")
    async with visit.page.expect_request(is_stream) as again:
        cut_off_all(own)
        edit(own, "https://meanwhile.example")
    assert int((await again.value).headers["last-event-id"]) > 0
    await expect(visit.response).to_contain_text("https://meanwhile.example")
    await visit.page.get_by_label("Stop query").click()
    # Chromium writes down that the connection was lost.
    assert all("net::ERR" in each for each in visit.complaints)
    visit.complaints.clear()


async def test_an_event_source_goes_on_behind_its_last_event(chromium: Browser, own: Server) -> None:
    context = await chromium.new_context()
    # A page can't give an EventSource a header; a site's own proxy would add it.
    await context.set_extra_http_headers({"authorization": bearer("partner")})
    page = await context.new_page()
    await page.goto(f"{str(own.client.base_url).rstrip('/')}/livez")
    await page.evaluate(LISTEN)
    await until_is(page, "opened", 1)
    edit(own, "https://one.example")
    await until_is(page, "told.length", 1)
    # It comes again after a second, behind what it heard last.
    cut_off_all(own)
    await until_is(page, "source.readyState", 0)
    edit(own, "https://meanwhile.example")
    await until_is(page, "opened", 2)
    edit(own, "https://two.example")
    await until_is(page, "told.length", 3)
    told = await page.evaluate("told")
    assert all(id_ == each["data"]["changes"]["cursor"] for id_, each in told)
    assert len({id_ for id_, _ in told}) == 3
    await context.close()


def cut_off_all(server: Server) -> None:
    """Have the server's connections break; they have by then, so that no request is sent over one of them."""

    async def abort() -> None:
        for connection in list(server.process.server_state.connections):
            connection.transport.abort()
        # A transport closes in a turn of its own.
        await asyncio.sleep(0.05)

    asyncio.run_coroutine_threadsafe(abort(), server.process.servers[0].get_loop()).result()
