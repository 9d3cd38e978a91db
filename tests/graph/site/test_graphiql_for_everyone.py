"""GraphiQL by axe-core: nothing of the page shuts people out but what GraphiQL's own script writes."""

from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.graph.conftest import Server
from tests.graph.site.visiting import Visit, visiting

pytestmark = pytest.mark.slow

# What GraphiQL 4.1.2 writes itself, and a style sheet can't mend.
KNOWN = {
    # Each tab has a button to select it and one to close it; both can be reached by Tab.
    "nested-interactive": ".graphiql-tab",
    # CodeMirror scrolls what holds its text by the arrow keys of a field beside it.
    "scrollable-region-focusable": ".CodeMirror-scroll",
}

OPTIONS = {"resultTypes": ["violations"], "iframes": False}


async def faults_of(visit: Visit) -> list[str]:
    """What axe-core finds serious or critical, without what is known."""
    found: dict[str, Any] = (await Axe().run(visit.page, options=OPTIONS)).response
    faults = []
    for each in found["violations"]:
        known = KNOWN.get(each["id"])
        for node in each["nodes"]:
            is_known = (
                known and await visit.page.locator(node["target"][0]).and_(visit.page.locator(known)).count()
            )
            if each["impact"] in {"serious", "critical"} and not is_known:
                faults.append(f"{each['id']}: {node['target']} {node['html'][:120]}")
    return faults


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
async def test_axe_finds_nothing_serious_in_any_pane(
    chromium: Browser, page_server: Server, width: int, scheme: Literal["light", "dark"]
) -> None:
    async with visiting(chromium, page_server, width=width, height=900) as visit:
        await visit.page.emulate_media(color_scheme=scheme)
        await visit.type("{ companies(first: 1) { nodes { taxId } } }")
        await visit.page.keyboard.press("Control+Enter")
        # The answer, an error and what it means stand there.
        await expect(visit.page.locator(".outcome .errors li")).to_be_visible()
        panes = visit.page.get_by_role("navigation", name="Panes").get_by_role("button")
        found = {"answer": await faults_of(visit)}
        if width == 390:
            for pane in ("Docs", "Operation", "Variables"):
                await panes.filter(has_text=pane).click()
                found[pane] = await faults_of(visit)
        assert {pane: faults for pane, faults in found.items() if faults} == {}
