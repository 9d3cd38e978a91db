"""What a browser and axe-core find wrong with a page, in both widths and both schemes of colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize

from tests.graph.conftest import Server
from tests.graph.site.visiting import WATCH_VIOLATIONS

Scheme = Literal["light", "dark"]

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}

# What is wider than the window, the innermost of it; what scrolls by itself may be.
_TOO_WIDE = """
() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const scrolls = (each) => each && (/auto|scroll|hidden|clip/.test(getComputedStyle(each).overflowX)
    && each !== document.body && each !== document.documentElement || scrolls(each.parentElement));
  const wide = [...document.body.querySelectorAll("*")].filter(
    (each) => each.getBoundingClientRect().right > innerWidth + 1 && !scrolls(each.parentElement));
  return wide.filter((each) => !wide.some((other) => other !== each && each.contains(other)))
    .map((each) => each.outerHTML.slice(0, 120)).concat("").slice(0, 3);
}
"""

_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "elementRef": False, "iframes": False, "preload": False}
_CONTRAST: dict[str, Any] = {**_OPTIONS, "runOnly": ["color-contrast", "scrollable-region-focusable"]}

# The rows of a table are alike, and the items of a list: on the longest pages they would take most of the time.
_SHORTEN = """
document.querySelectorAll("tr:nth-child(n+6), main ul > li:nth-child(n+8)").forEach((each) => each.remove());
"""


@dataclass
class Look:
    """A browser's page of its own, and what was wrong with what was opened in it."""

    page: Page
    found: list[str] = field(default_factory=list)

    @classmethod
    async def begin(cls, browser: Browser, server: Server) -> "Look":
        """Return a page in a window of its own, which opens what the server has."""
        context = await browser.new_context(viewport=PHONE, base_url=str(server.client.base_url))
        await context.add_init_script(WATCH_VIOLATIONS)
        look = cls(await context.new_page())
        look.page.on("console", look.note_message)
        look.page.on("pageerror", lambda error: look.note(f"error: {error}"))
        look.page.on("requestfailed", look.note_failure)
        look.page.on("response", look.note_answer)
        return look

    def note(self, what: str) -> None:
        self.found.append(f"{self.page.url}: {what}")

    def note_message(self, message: ConsoleMessage) -> None:
        self.note(f"console: {message.text}")

    def note_failure(self, request: Request) -> None:
        # What was under way when one went on to another page.
        if request.failure != "net::ERR_ABORTED":
            self.note(f"request failed: {request.url}: {request.failure}")

    def note_answer(self, response: Response) -> None:
        if response.status >= 400:
            self.note(f"{response.status}: {response.url}")

    async def open(self, address: str, looks: Sequence[tuple[ViewportSize, Scheme]]) -> None:
        """Open a page, and look at it in some ways."""
        await self.page.goto(address)
        for size in (PHONE, DESK):
            await self.page.set_viewport_size(size)
            self.found += [f"{address}: wider than {size['width']}: {part}" for part in await too_wide(self.page)]
        await self.page.evaluate(_SHORTEN)
        for number, (size, scheme) in enumerate(looks):
            await self.page.set_viewport_size(size)
            await self.page.emulate_media(color_scheme=scheme)
            # What the later ways differ in are sizes and colours.
            for finding in await serious(self.page, _CONTRAST if number else _OPTIONS):
                self.note(f"at {size['width']}, {scheme}: {finding}")
        for violated in await self.page.evaluate("window.violations"):
            self.note(f"the policy: {violated}")

    async def end(self) -> list[str]:
        await self.page.context.close()
        return self.found


async def too_wide(page: Page) -> list[str]:
    """What is wider than the window, if anything."""
    return list(await page.evaluate(_TOO_WIDE))


async def serious(page: Page, options: Mapping[str, Any] = _OPTIONS, part: Any = "html") -> list[str]:
    """What axe-core finds that is serious or critical, two places of each kind."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    answer = await page.evaluate("([part, options]) => axe.run(part, options)", [part, dict(options)])
    return [
        f"{each['id']}: {node['target']} {node['html'][:150]} {(node.get('failureSummary') or '')[:250]}"
        for each in answer["violations"]
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"][:2]
    ]
