"""A visit to GraphiQL by a real headless Chromium that reaches nothing but the server."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, Request, ViewportSize, expect

from tests.graph.conftest import Server

EXAMPLES = [
    "CompanyWithLocations",
    "FilteredPage",
    "VerifyList",
    "NearZip",
    "EditCompany",
    "FollowChanges",
    "ListenToChanges",
]
WIDTH, HEIGHT = 1480, 860

# Milliseconds in which GraphiQL has read the operation's name out of what was typed; it waits 100 by itself.
TAKEN_IN = 300

# What the browser refuses by the page's policy is an event of the document.
WATCH_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@dataclass
class Visit:
    """A page that was opened, and what the browser noted on the way."""

    page: Page
    origin: str
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, request: Request) -> None:
        self.requests.append(request)

    def note(self, message: ConsoleMessage) -> None:
        # The API answers errors with a status of 4xx, and Chromium writes every one down.
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def fail(self, error: Error) -> None:
        self.complaints.append(str(error))

    async def open(self) -> None:
        await self.page.goto(f"{self.origin}/graphql")
        await expect(self.page.locator(".graphiql-query-editor")).to_be_visible()
        # On a phone it is there and out of sight.
        await expect(self.page.locator("[aria-label='Hide Documentation Explorer']")).to_be_attached()

    async def run(self, operation: str = "") -> Any:
        """Press the button that runs the operation; what was sent, with which headers, and the answer it shows.

        Of several operations, the button's menu has them by name.
        """
        await self.page.wait_for_timeout(TAKEN_IN)
        async with self.page.expect_response(lambda response: is_run(response.request)) as answered:
            await self.page.get_by_label("Execute query (Ctrl-Enter)").click()
            if operation:
                await self.page.get_by_role("menuitem", name=operation).click()
        request = (await answered.value).request
        answer = await (await answered.value).json()
        first = next(iter(answer.get("data") or {"errors": None}))
        await expect(self.response).to_contain_text(first)
        return {"sent": json.loads(request.post_data or ""), "headers": request.headers, **answer}

    @property
    def response(self) -> Locator:
        return self.page.locator(".result-window")

    @property
    def token(self) -> Locator:
        return self.page.get_by_role("textbox", name="token")

    @property
    def role(self) -> Locator:
        return self.page.get_by_label("role", exact=True)

    @property
    def notice(self) -> Locator:
        return self.page.locator(".outcome .advice")

    async def open_tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name).click()

    async def type(self, query: str) -> None:
        """Write a query as a person does, in a new tab."""
        await self.page.get_by_label("New tab").click()
        await self.page.locator(".graphiql-query-editor .CodeMirror").click()
        await self.page.keyboard.insert_text(query)


def is_run(request: Request) -> bool:
    """Whether a request runs what is in the editor; the page asks for the schema and for costs by itself."""
    is_dry = "cost-dry-run" in request.headers
    return is_asked(request) and not is_dry and "IntrospectionQuery" not in (request.post_data or "")


def is_asked(request: Request, token: str | None = None) -> bool:
    """Whether a request is for the API and has this token."""
    if not request.url.endswith("/graphql") or request.method != "POST":
        return False
    return token is None or request.headers.get("authorization") == (f"Bearer {token}" if token else None)


@asynccontextmanager
async def visiting(
    chromium: Browser, server: Server, *, width: int = WIDTH, height: int = HEIGHT
) -> AsyncIterator[Visit]:
    """A new browser's visit; at its end nothing may have gone elsewhere, been refused or complained about."""
    size: ViewportSize = {"width": width, "height": height}
    context = await chromium.new_context(viewport=size)
    await context.add_init_script(WATCH_VIOLATIONS)
    page = await context.new_page()
    visit = Visit(page, str(server.client.base_url).rstrip("/"))
    page.on("request", visit.ask)
    page.on("console", visit.note)
    page.on("pageerror", visit.fail)
    await visit.open()
    yield visit
    elsewhere = [
        each.url for each in visit.requests if not each.url.startswith((f"{visit.origin}/", "data:", "blob:"))
    ]
    assert (elsewhere, visit.complaints) == ([], [])
    assert await page.evaluate("window.violations") == []
    await context.close()
