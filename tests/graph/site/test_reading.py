"""The pages as they are read: on a phone and on a desk, by keys, and what their one script adds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.graph.conftest import Server

pytestmark = pytest.mark.slow

PHONE, DESK = (390, 844), (1440, 900)


@asynccontextmanager
async def reading(chromium: Browser, server: Server, path: str, size: tuple[int, int]) -> AsyncIterator[Page]:
    """A page in a window of this size; the browser may have nothing to say about it."""
    context = await chromium.new_context(viewport={"width": size[0], "height": size[1]})
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(f"{str(server.client.base_url).rstrip('/')}{path}")
    yield page
    assert said == []
    await context.close()


async def test_a_phone_has_a_menu_of_all_pages(chromium: Browser, server: Server) -> None:
    async with reading(chromium, server, "/docs/tokens", PHONE) as page:
        navigation = page.get_by_role("navigation", name="All pages")
        await expect(navigation).to_be_hidden()
        await page.get_by_role("button", name="Menu").click()
        await expect(navigation.get_by_role("link", name="Tokens", exact=True)).to_be_in_viewport()
        await page.keyboard.press("Escape")
        await expect(navigation).to_be_hidden()
        await page.get_by_role("button", name="Menu").click()
        await navigation.locator("summary", has_text="For operators").click()
        await navigation.get_by_role("link", name="Settings", exact=True).click()
        await page.wait_for_url("**/docs/settings")


async def test_a_phone_has_the_sections_of_a_page_behind_a_button(chromium: Browser, server: Server) -> None:
    async with reading(chromium, server, "/docs/troubleshooting", PHONE) as page:
        sections = page.get_by_role("navigation", name="On this page")
        await expect(sections).to_be_hidden()
        await page.get_by_role("button", name="On this page").click()
        await sections.get_by_role("link", name="THROTTLED", exact=True).click()
        await expect(sections).to_be_hidden()
        await expect(page.get_by_role("heading", name="THROTTLED")).to_be_in_viewport()


async def test_a_desk_shows_both_and_marks_the_section_that_is_read(chromium: Browser, server: Server) -> None:
    async with reading(chromium, server, "/docs/troubleshooting#NOT_FOUND".lower(), DESK) as page:
        await expect(page.get_by_role("navigation", name="All pages")).to_be_visible()
        await expect(page.get_by_role("button", name="Menu")).to_be_hidden()
        sections = page.get_by_role("navigation", name="On this page")
        await expect(sections.locator("[aria-current]")).to_have_text("NOT_FOUND")
        await page.keyboard.press("Control+End")
        await expect(sections.locator("[aria-current]")).not_to_have_text("NOT_FOUND")


async def test_the_first_key_leads_past_the_navigation(chromium: Browser, server: Server) -> None:
    async with reading(chromium, server, "/docs/tokens", DESK) as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.closest('main') !== null")


async def test_of_a_session_the_commands_are_copied(chromium: Browser, server: Server) -> None:
    async with reading(chromium, server, "/docs/caching", DESK) as page:
        block = page.locator(".code", has_text="cache explain").first
        await block.get_by_role("button", name="Copy").click()
        await expect(block.get_by_role("button", name="Copied")).to_be_visible()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == 'ariesone cache explain texas.graphql --variables \'{"npi": "1234567893"}\'\n'


async def test_without_a_script_all_is_there_but_the_copying(chromium: Browser, server: Server) -> None:
    context = await chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(f"{str(server.client.base_url).rstrip('/')}/docs/tokens")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("navigation", name="All pages").get_by_role("link", name="Roles", exact=True).click()
    await page.wait_for_url("**/docs/roles")
    assert await page.get_by_role("button", name="Copy").count() == 0
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_drawings_have_the_colours_of_the_page(chromium: Browser, server: Server, scheme: str) -> None:
    async with reading(chromium, server, "/docs/architecture", DESK) as page:
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        colour = "el => getComputedStyle(el).{}"
        words = await page.locator(".drawing svg").first.evaluate(colour.format("fill"))
        assert words == await page.locator("body").evaluate(colour.format("color"))


async def test_code_names_the_server_that_shows_the_page(chromium: Browser, server: Server) -> None:
    own = str(server.client.base_url).rstrip("/")
    async with reading(chromium, server, "/docs/curl", DESK) as page:
        code = "\n".join(await page.locator("pre code").all_inner_texts())
    assert "localhost:8000" not in code
    assert "127.0.0.1:8000" not in code
    assert own.removeprefix("http://") in code
