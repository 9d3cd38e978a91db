"""Addresses that carry an operation: opened beside what one has, never run, and without what is secret."""

import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.graph.conftest import Server
from tests.graph.site.visiting import EXAMPLES, TAKEN_IN, Visit, is_run, visiting

pytestmark = pytest.mark.slow

QUERY = 'query Linked($npi: NPI!) { company(npi: $npi) { name } }\nquery Other { a: __typename # +%&"\n}'
# A number that no example has.
NPI = "1999999984"
VARIABLES = f'{{"npi":"{NPI}"}}'


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield visit


def editor(visit: Visit, part: str) -> Locator:
    """The editor of a part of GraphiQL that is shown, by the part's label."""
    return visit.page.locator(f"[aria-label='{part}'] .CodeMirror >> visible=true")


async def text_of(visit: Visit, part: str) -> str:
    return str(await editor(visit, part).evaluate("(element) => element.CodeMirror.getValue()"))


def address(visit: Visit, mark: str, query: str = QUERY, **others: str) -> str:
    given = {"query": query, "variables": VARIABLES, **others}
    parts = "&".join(f"{key}={quote(value, safe='')}" for key, value in given.items())
    return f"{visit.origin}/graphql{mark}{parts}"


@pytest.mark.parametrize("mark", ["#", "?"])
async def test_an_address_opens_in_a_tab_of_its_own_and_is_not_run(visit: Visit, mark: str) -> None:
    await visit.type("query Mine { __typename }")
    await expect(visit.page.get_by_role("tab", name="Mine")).to_be_visible()
    while "Mine" not in (await visit.page.evaluate("localStorage['graphiql:tabState']") or ""):
        await visit.page.wait_for_timeout(50)
    # Another address first, since one that differs behind the # alone doesn't load the page.
    await visit.page.goto("about:blank")
    await visit.page.goto(address(visit, mark, operationName="Other", role="ADMIN"))
    tabs = visit.page.get_by_role("tab")
    await expect(tabs).to_have_count(len(EXAMPLES) + 2)
    await expect(tabs.last).to_have_attribute("aria-selected", "true")
    await expect(tabs.last).to_be_in_viewport()
    await expect(visit.page.get_by_role("tab", name="Mine")).to_be_visible()
    assert (await text_of(visit, "Query Editor"), json.loads(await text_of(visit, "Variables"))) == (
        QUERY,
        json.loads(VARIABLES),
    )
    assert visit.page.url == f"{visit.origin}/graphql"
    await expect(visit.role).to_have_value("")
    await visit.page.wait_for_timeout(TAKEN_IN)
    assert not [each for each in visit.requests if is_run(each) and "Linked" in (each.post_data or "")]
    await visit.page.keyboard.press("Control+Enter")
    await expect(visit.response).to_contain_text('"a": "Query"')


async def test_the_first_visit_has_the_examples_too_and_the_same_address_opens_one_tab(
    chromium: Browser, page_server: Server
) -> None:
    async with visiting(chromium, page_server) as visit:
        await visit.page.evaluate("localStorage.clear()")
        for _ in range(2):
            await visit.page.goto("about:blank")
            await visit.page.goto(address(visit, "#", "query Linked { __typename }"))
            tabs = visit.page.get_by_role("tab")
            await expect(tabs).to_have_text([*EXAMPLES, "Linked"], use_inner_text=True)
            await expect(tabs.last).to_have_attribute("aria-selected", "true")
            while NPI not in (await visit.page.evaluate("localStorage['graphiql:tabState']") or ""):
                await visit.page.wait_for_timeout(50)


async def test_a_link_that_is_copied_leads_to_the_same_operation_and_names_no_secret(visit: Visit) -> None:
    await visit.token.fill("a.secret.token")
    await visit.token.press("Enter")
    await visit.open_tab("EditCompany")
    await visit.page.wait_for_timeout(TAKEN_IN)
    query = await text_of(visit, "Query Editor")
    await visit.page.get_by_role("button", name="Headers").click()
    await editor(visit, "Headers").click()
    await visit.page.keyboard.insert_text('{"x-mine": "a-secret-header"}')
    await visit.page.get_by_role("button", name="Copy link").click()
    await expect(visit.page.get_by_text("Copied", exact=True)).to_be_visible()
    copied = urlsplit(await visit.page.evaluate("navigator.clipboard.readText()"))
    assert (copied.path, copied.query) == ("/graphql", "")
    assert "secret" not in copied.geturl()
    given = {name: value for name, [value] in parse_qs(copied.fragment, strict_parsing=True).items()}
    assert given.keys() == {"query", "variables", "operationName"}
    assert (given["query"], given["operationName"]) == (query, "EditCompany")
    assert json.loads(given["variables"])["validateOnly"] is False
    # In the same window: only what stands behind the # is another.
    await visit.open_tab("NearZip")
    await visit.page.evaluate("address => { location.hash = new URL(address).hash; }", copied.geturl())
    await expect(visit.page.get_by_role("tab", name="EditCompany")).to_have_attribute("aria-selected", "true")
