"""The front page in Chromium: its query opens in GraphiQL, and is answered there as the page says."""

import json

import pytest
from playwright.async_api import Browser, expect

from tests.graph.conftest import Server
from tests.graph.site.visiting import EXAMPLES, TAKEN_IN

pytestmark = pytest.mark.slow

PHONE, DESK = (390, 844), (1440, 900)


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_the_query_opens_in_graphiql_and_is_answered_as_the_page_says(
    chromium: Browser, page_server: Server, size: tuple[int, int]
) -> None:
    context = await chromium.new_context(viewport={"width": size[0], "height": size[1]})
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(str(page_server.client.base_url))
    assert await page.evaluate("document.documentElement.scrollWidth") == size[0]
    promised = json.loads(await page.locator(".language-json").inner_text())
    await page.get_by_role("link", name="Open in GraphiQL").click()
    tabs = page.get_by_role("tab")
    await expect(tabs).to_have_count(len(EXAMPLES) + 1)
    await expect(tabs.last).to_have_attribute("aria-selected", "true")
    await page.wait_for_timeout(TAKEN_IN)
    run = page.get_by_role("navigation", name="Panes").get_by_role("button", name="Run", exact=True)
    await (run if size is PHONE else page.get_by_label("Execute query (Ctrl-Enter)")).click()
    for company in promised["data"]["companies"]["nodes"]:
        await expect(page.locator(".result-window")).to_contain_text(company["npi"])
    assert said == []
    await context.close()
