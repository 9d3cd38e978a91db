"""/debug/profile: what it takes and refuses, and how its page looks in a real Chromium."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from graph.site.flame import draw
from graph.site.profile_page import HEADERS, write_profile
from graph.telemetry.profiles import Box, Line, Profile, lines_of
from tests.graph.conftest import Server
from tests.graph.site.visiting import WATCH_VIOLATIONS

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

BOXES = [
    Box("answer", "graph/http/a.py:1", 3.0, [Box("read<T>", "db/b.py:2", 2.0), Box("parse", "c.py:3", 0.5)]),
    Box("watch", "d.py:4", 1.0),
    Box("seldom", "e.py:5", 0.0001),
]
SECONDS = "`seconds` must be more than 0, and 60 at most."
SAMPLED = Profile("sampling", 5.0, 4.0, lines_of(BOXES), BOXES)


def test_calls_are_told_as_a_page_and_as_a_file(server: Server) -> None:
    page = server.client.get("/debug/profile?kind=calls&seconds=0.05")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "Every call was counted" in page.text
    file = server.client.get("/debug/profile?kind=calls&seconds=0.05&form=file")
    assert ".pstats" in file.headers["content-disposition"]
    assert file.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("kind=memory", "`kind` must be one of sampling, calls."),
        *((f"seconds={given}", SECONDS) for given in ("0", "61", "-1", "nan", "1e1", "")),
        ("form=png", "`form` must be one of page, file."),
    ],
)
def test_what_cannot_be_is_refused_by_name(server: Server, query: str, message: str) -> None:
    answer = server.client.get(f"/debug/profile?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, message)


def test_a_process_that_is_not_there_is_not_found(server: Server) -> None:
    answer = server.client.get("/debug/profile?pid=1")
    assert answer.status_code == 404
    assert "No process that serves here has this pid; these do:" in answer.json()["errors"][0]["message"]


def test_a_box_is_as_wide_as_its_time_and_its_names_are_text() -> None:
    svg = draw(BOXES)
    assert '<svg class="own" x="0.000%" y="18" width="74.998%"' in svg
    assert '<svg class="other" x="50.000%"' not in svg
    assert "read&lt;T&gt;" in svg
    assert "read<T>" not in svg
    # No screen would show it.
    assert "seldom" not in svg


def test_nothing_seen_is_no_graph_and_a_page_all_the_same() -> None:
    page = write_profile(Profile("sampling", 5.0, 0.0, []), 7, [7])
    assert "<svg" not in page
    assert "0 of 0 functions" in page
    assert "Profile of process 7" in page


def test_calls_have_their_counts() -> None:
    page = write_profile(Profile("calls", 5.0, 1.0, [Line("f", "a.py:1", 1234, 0.5, 1.5)]), 7, [7, 8])
    assert '<td class="figure">500.0</td><td class="figure">1,500.0</td><td class="figure">1,234</td>' in page
    assert '<a href="?kind=calls&amp;pid=8">pid=8</a>' in page


@pytest.fixture(scope="module")
def page_alone(serve: Serve) -> Iterator[Server]:
    """The page of one profile, as it is sent."""

    async def answer(_: Request) -> Response:
        return HTMLResponse(write_profile(SAMPLED, 7, [7, 8]), headers=HEADERS)

    with serve(Starlette(routes=[Route("/", answer)])) as server:
        yield server


@pytest.fixture(params=[390, 1440])
async def page(chromium: Browser, page_alone: Server, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """It in a browser as wide as a telephone, or a desk's."""
    context = await chromium.new_context(viewport={"width": request.param, "height": 800})
    await context.add_init_script(WATCH_VIOLATIONS)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(str(page_alone.client.base_url))
    yield page
    # But for the icon, which this server hasn't.
    assert [each for each in complaints if "404" not in each] == []
    assert set(await page.evaluate("window.violations")) <= {"img-src"}
    await context.close()


async def width_of(page: Page, name: str) -> float:
    """How wide a box is, of the width that there is."""
    whole = await page.locator("#flame").bounding_box()
    # The rectangle: the box's text may be longer.
    box = await page.locator("#flame > svg", has_text=name).first.locator("rect").bounding_box()
    assert whole is not None
    assert box is not None
    return float(box["width"] / whole["width"])


@pytest.mark.slow
async def test_a_click_widens_a_box_and_one_above_it_goes_back(page: Page) -> None:
    assert await width_of(page, "answer") == pytest.approx(0.75, abs=0.01)
    assert await width_of(page, "read<T>") == pytest.approx(0.5, abs=0.01)
    await page.locator("#flame > svg", has_text="read<T>").first.click()
    assert await width_of(page, "read<T>") == pytest.approx(1, abs=0.01)
    # What it was called by stays above it, and what stood beside it is away.
    assert await width_of(page, "answer") == pytest.approx(1, abs=0.01)
    await expect(page.locator("#flame > svg", has_text="parse").first).to_be_hidden()
    await page.locator("#flame > svg", has_text="everything").first.click()
    assert await width_of(page, "parse") == pytest.approx(0.125, abs=0.01)


@pytest.mark.slow
async def test_it_fits_the_width_and_is_dressed(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    colour = "getComputedStyle(document.querySelector('.own rect')).fill"
    assert await page.evaluate(colour) == "rgb(255, 178, 107)"
    await expect(page.get_by_role("heading", name="Profile of process 7")).to_be_visible()
