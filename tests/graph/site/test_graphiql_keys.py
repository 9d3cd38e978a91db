"""What the keyboard does in GraphiQL, wherever one is."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.graph.conftest import Server
from tests.graph.site.visiting import TAKEN_IN, Visit, visiting

pytestmark = pytest.mark.slow


@pytest.fixture
async def visit(chromium: Browser, page_server: Server) -> AsyncIterator[Visit]:
    """A visit to a server in development."""
    async with visiting(chromium, page_server) as visit:
        yield visit


@pytest.mark.parametrize("key", ["Control+k", "Meta+k"])
async def test_k_searches_the_docs_from_wherever_one_is(visit: Visit, key: str) -> None:
    search = visit.page.locator(".graphiql-doc-explorer-search input")
    await visit.page.locator(".graphiql-query-editor .CodeMirror").click()
    await visit.page.keyboard.press(key)
    await expect(search).to_be_focused()
    await visit.page.keyboard.type("verifyNpis")
    await visit.page.get_by_role("option", name="verifyNpis").first.click()
    await expect(visit.page.locator(".graphiql-doc-explorer-title")).to_have_text("verifyNpis")
    # A field's page has no search, and the panel may be closed.
    await visit.page.keyboard.press(key)
    await expect(search).to_be_focused()
    await visit.page.get_by_label("Hide Documentation Explorer").click()
    await visit.page.keyboard.press(key)
    await expect(search).to_be_focused()


async def test_the_keys_are_listed_where_nothing_is_typed(visit: Visit) -> None:
    dialog = visit.page.get_by_role("dialog", name="Keys")
    await visit.page.locator(".graphiql-query-editor .CodeMirror").click()
    await visit.page.keyboard.press("?")
    await expect(dialog).to_be_hidden()
    await visit.page.keyboard.press("Escape")
    await expect(visit.page.get_by_label("Execute query (Ctrl-Enter)")).to_be_focused()
    await visit.page.keyboard.press("?")
    await expect(dialog).to_be_visible()
    await expect(dialog).to_contain_text("Search the schema's documentation")
    await visit.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_an_operation_is_run_from_wherever_one_is(visit: Visit) -> None:
    await visit.type("{ typename: __typename }")
    await visit.page.wait_for_timeout(TAKEN_IN)
    await visit.role.focus()
    await visit.page.keyboard.press("Control+Enter")
    await expect(visit.response).to_contain_text('"typename": "Query"')


async def test_escape_closes_completions_before_it_leaves_the_editor(visit: Visit) -> None:
    await visit.type("{ comp")
    await visit.page.keyboard.press("Control+Space")
    hints = visit.page.locator(".CodeMirror-hints")
    await expect(hints).to_be_visible()
    await visit.page.keyboard.press("Escape")
    await expect(hints).to_have_count(0)
    await expect(visit.page.get_by_label("Execute query (Ctrl-Enter)")).not_to_be_focused()
