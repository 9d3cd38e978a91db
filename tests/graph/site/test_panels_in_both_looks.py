"""The panels beside GraphiQL on a dark phone and a light desk: not too wide, and as axe-core wants them."""

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.graph.conftest import Server
from tests.graph.site.looking import DESK, PHONE, serious, too_wide
from tests.graph.site.visiting import TAKEN_IN, Visit, visiting

pytestmark = pytest.mark.slow

PANELS = ("Explorer", "Saved operations", "Client code", "Explain")


def pane(visit: Visit, name: str) -> Locator:
    """Return the button of a pane, in the bar that a phone has."""
    return visit.page.get_by_role("navigation", name="Panes").get_by_role("button", name=name, exact=True)


async def fill(panel: Locator, name: str) -> None:
    """Have a panel show all that it has."""
    if name == "Explorer":
        await panel.get_by_label("Fields of node", exact=True).click()
    if name == "Explain":
        await panel.get_by_role("button", name="Run and explain").click()
        await panel.locator(".statements summary").first.click()
        await expect(panel.get_by_label("Plan").first).to_be_visible()


async def minded(visit: Visit) -> list[str]:
    """Return what axe-core finds, but for a button in each of GraphiQL's own tabs."""
    found = await serious(visit.page)
    return [each for each in found if not (each.startswith("nested-interactive") and 'role="tab"' in each)]


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
async def test_panels_are_as_wide_as_the_screen_lets_them_and_legible(
    chromium: Browser, page_server: Server, size: Any, scheme: Any
) -> None:
    async with visiting(chromium, page_server, **size) as visit:
        await visit.page.emulate_media(color_scheme=scheme)
        for name in PANELS:
            if size is PHONE:
                await pane(visit, "Docs").click()
            await visit.page.get_by_label(f"Show {name}").click()
            panel = visit.page.get_by_role("region", name=name, exact=True)
            await fill(panel, name)
            assert (name, await too_wide(visit.page), await minded(visit)) == (name, [], [])


async def test_a_phone_goes_from_a_saved_operation_to_its_answer_and_its_file(
    chromium: Browser, page_server: Server
) -> None:
    async with visiting(chromium, page_server, **PHONE) as visit:
        await pane(visit, "Docs").click()
        await visit.page.get_by_label("Show Saved operations").click()
        await visit.page.get_by_role("button", name="Export", exact=False).first.click()
        await expect(pane(visit, "Operation")).to_have_attribute("aria-pressed", "true")
        await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("query Export")
        await visit.page.wait_for_timeout(TAKEN_IN)
        await pane(visit, "Run").click()
        await expect(visit.response).to_contain_text("companies")
        assert await too_wide(visit.page) == []
        await visit.page.get_by_role("button", name="Save as CSV").click()
        await expect(visit.page.get_by_text("Each row of companies.nodes has a list of objects")).to_be_visible()


async def test_what_one_touches_is_large_enough_for_a_finger(chromium: Browser, page_server: Server) -> None:
    async with visiting(chromium, page_server, **PHONE) as visit:
        await pane(visit, "Docs").click()
        for name in PANELS:
            await visit.page.get_by_label(f"Show {name}").click()
            panel = visit.page.get_by_role("region", name=name, exact=True)
            await expect(panel).to_be_visible()
            for each in await panel.locator(
                "button:visible, .row:visible, input:visible:not([type=checkbox])"
            ).all():
                box = await each.bounding_box()
                assert box
                assert box["height"] >= 30, (name, await each.inner_text())
