"""What the pictures in the docs show: pages of a new server, how large each is, and what was done on it before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page, expect

# The part of a page's words that must still be those of its picture: an answer took 5 ms then, and takes 6 now.
ALIKE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture: its name, the page's address, its width and height in CSS pixels, and what is done on it."""

    name: str
    path: str
    size: tuple[int, int]
    act: Callable[[Page], None]


def wait(page: Page) -> None:
    """Do nothing but wait for the page."""
    expect(page.locator("h1")).to_be_visible()


def show_roles(page: Page) -> None:
    """Read on to a field that needs a role."""
    page.locator("#phone").evaluate("field => field.scrollIntoView()")


def run(page: Page) -> None:
    """Run the operation that GraphiQL opens with."""
    page.get_by_label("Execute query (Ctrl-Enter)").click()
    expect(page.locator(".result-window")).to_contain_text('"company"')


def run_on_a_phone(page: Page) -> None:
    """Run it by the bar at the bottom, which then shows the answer."""
    bar = page.get_by_role("navigation", name="Panes")
    bar.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".result-window")).to_contain_text('"company"')


SCENES: Final[Sequence[Scene]] = (
    Scene("front", "/", (1280, 840), wait),
    Scene("reference", "/docs/reference/Company", (1280, 840), show_roles),
    Scene("graphiql", "/graphql", (1480, 860), run),
    Scene("graphiql-phone", "/graphql", (390, 844), run_on_a_phone),
)
