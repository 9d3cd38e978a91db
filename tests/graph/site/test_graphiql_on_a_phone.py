"""GraphiQL at the width of a phone: one pane at a time, as wide as the screen, by a bar at the bottom."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.graph.conftest import Server
from tests.graph.site.visiting import Visit, visiting

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 390, 844

# What fills each pane.
PANES = {
    "Docs": ".graphiql-plugin",
    "Operation": ".graphiql-query-editor",
    "Variables": ".graphiql-editor-tool",
    "Answer": ".graphiql-response",
}


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit by a phone."""
    async with visiting(chromium, page_server, width=WIDTH, height=HEIGHT) as visit:
        yield visit


def button(visit: Visit, name: str) -> Locator:
    return visit.page.get_by_role("navigation", name="Panes").get_by_role("button", name=name, exact=True)


async def box_of(locator: Locator) -> Any:
    box = await locator.bounding_box()
    assert box is not None
    return box


async def test_each_pane_has_the_whole_width_and_most_of_the_height(visit: Visit) -> None:
    for name, pane in PANES.items():
        await button(visit, name).click()
        await expect(button(visit, name)).to_have_attribute("aria-pressed", "true")
        shown = await box_of(visit.page.locator(pane))
        assert (shown["x"], shown["width"]) == (0, WIDTH)
        assert shown["height"] > HEIGHT / 2
        for other in PANES.values():
            if other != pane:
                await expect(visit.page.locator(other)).to_be_hidden()
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == WIDTH


async def test_the_buttons_are_large_enough_and_in_reach_of_a_thumb(visit: Visit) -> None:
    for name in (*PANES, "Run"):
        box = await box_of(button(visit, name))
        assert box["height"] >= 44
        assert box["width"] >= 44
        assert box["y"] > HEIGHT - 100
        assert box["y"] + box["height"] <= HEIGHT


async def test_all_panels_can_be_reached_without_scrolling(visit: Visit) -> None:
    await button(visit, "Docs").click()
    for each in await visit.page.locator(".graphiql-sidebar > button").all():
        if await each.is_visible():
            box = await box_of(each)
            assert (box["x"] >= 0, box["x"] + box["width"] <= WIDTH) == (True, True), await each.get_attribute(
                "aria-label"
            )


async def test_run_shows_the_answer_and_what_stands_beneath_it(visit: Visit) -> None:
    await button(visit, "Variables").click()
    await button(visit, "Run").click()
    await expect(visit.page.locator(".outcome [data-fact=status]")).to_have_text("HTTP 200")
    await expect(button(visit, "Answer")).to_have_attribute("aria-pressed", "true")
    answer = await box_of(visit.page.locator(".result-window"))
    assert answer["width"] > WIDTH - 20
    await expect(visit.response).to_contain_text('"npiStatus"')


async def test_of_several_operations_run_asks_which(visit: Visit) -> None:
    await visit.role.select_option("VIEWER")
    await visit.open_tab("EditCompany")
    await button(visit, "Answer").click()
    await visit.page.wait_for_timeout(300)
    await button(visit, "Run").click()
    await visit.page.get_by_role("menuitem", name="EditCompany").click()
    await expect(visit.page.locator(".outcome .errors")).to_contain_text("FORBIDDEN")
    await expect(button(visit, "Answer")).to_have_attribute("aria-pressed", "true")


async def test_one_can_say_who_one_is_and_type_without_the_page_zooming_in(visit: Visit) -> None:
    assert (await box_of(visit.role))["x"] > 0
    token = await box_of(visit.token)
    assert token["x"] + token["width"] <= WIDTH
    sizes = "[...document.querySelectorAll('#role, #token')].map((each) => getComputedStyle(each).fontSize)"
    assert await visit.page.evaluate(sizes) == ["16px", "16px"]


async def test_the_search_of_the_docs_shows_them(visit: Visit) -> None:
    await visit.page.keyboard.press("Control+k")
    await expect(visit.page.locator(".graphiql-doc-explorer-search input")).to_be_focused()
    await expect(button(visit, "Docs")).to_have_attribute("aria-pressed", "true")
