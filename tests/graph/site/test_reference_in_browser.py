"""The reference in a real headless Chromium: names are narrowed by typing, and an operation runs by two clicks."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from graph.site.reference.links import PATH
from tests.graph.conftest import Server
from tests.graph.site.visiting import is_run

pytestmark = pytest.mark.slow


@pytest.fixture
async def page(chromium: Browser, page_server: Server) -> AsyncIterator[Page]:
    """A page on a phone, which may complain of nothing."""
    complaints: list[str] = []
    context = await chromium.new_context(
        base_url=str(page_server.client.base_url), viewport={"width": 390, "height": 844}
    )
    page = await context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    await context.close()


async def test_names_are_narrowed_while_one_types(page: Page) -> None:
    await page.goto(PATH)
    await page.get_by_label("Find a name").press_sequentially("LICENSEkind")
    await expect(page.get_by_role("link", name="LicenseKind")).to_be_visible()
    await expect(page.locator(".names li:visible")).to_have_count(1)
    await expect(page.locator("main h2:visible")).to_have_text(["Enums #"], use_inner_text=True)
    await expect(page.locator("output[for='narrow']")).to_have_text("1 found")
    await page.get_by_label("Find a name").fill("")
    await expect(page.get_by_role("link", name="AddLicenseInput", exact=True)).to_be_visible()
    await page.get_by_label("Find a name").fill("no such name")
    await expect(page.locator("output[for='narrow']")).to_have_text("0 found")


async def test_without_its_script_the_names_are_there_and_nothing_is_offered_that_does_nothing(
    chromium: Browser, page_server: Server
) -> None:
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{str(page_server.client.base_url).rstrip('/')}{PATH}")
    await expect(page.get_by_role("link", name="LicenseKind")).to_be_visible()
    await expect(page.get_by_label("Find a name")).to_be_hidden()
    await context.close()


async def test_an_operation_is_opened_in_graphiql_and_runs(page: Page) -> None:
    await page.goto(f"{PATH}/queries#company")
    section = page.locator(".member:has(#company) ~ figure").first
    await section.get_by_role("link", name="Open in GraphiQL").click()
    button = page.get_by_label("Execute query (Ctrl-Enter)")
    await expect(button).to_be_visible()
    async with page.expect_response(lambda response: is_run(response.request)) as answered:
        await button.click()
    answer = await (await answered.value).json()
    assert "errors" not in answer
    assert answer["data"]["company"]["npi"]


@pytest.mark.parametrize(
    "name", ["", "/Company", "/queries", "/mutations", "/CompanyFilter", "/LicenseKind", "/NPI"]
)
async def test_nothing_is_wider_than_a_phone(page: Page, name: str) -> None:
    await page.goto(f"{PATH}{name}")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
