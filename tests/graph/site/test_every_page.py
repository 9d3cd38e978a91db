"""Every page of the site in a real Chromium: nothing refused, nothing too wide, nothing that shuts people out."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain, cycle

import pytest
from playwright.async_api import Browser, ViewportSize

from tests.graph.conftest import Server
from tests.graph.site.looking import DESK, PHONE, Look, Scheme
from tests.graph.site.reading import read_site

pytestmark = pytest.mark.slow

# Pages that are looked at at the same time.
AT_ONCE = 4

# Pages that are made alike, many of each: of these some are looked at, each in one way, the ways in turn. They are
# every twentieth, and those with the longest names, which would fit a phone last. test_site_links.py reads all.
ALIKE = ("/docs/decisions/0", "/docs/reference/")
EVERY, LONGEST = 20, 4

# How pages are looked at, in turn: each in both sizes and in both schemes.
Ways = Sequence[tuple[ViewportSize, Scheme]]
WAYS: Sequence[Ways] = (((PHONE, "light"), (DESK, "dark")), ((PHONE, "dark"), (DESK, "light")))


async def test_every_page_is_fit_to_be_read(chromium: Browser, server: Server) -> None:
    site = await asyncio.to_thread(read_site, server)
    pages = sorted({page.address for page in site.values() if page.is_page} - {"/graphql"})
    assert len(pages) > 100
    others = (page for page in pages if not page.startswith(ALIKE))
    waiting = iter([*looks_at_alike(pages), *((page, WAYS[number % 2]) for number, page in enumerate(others))])
    found = await asyncio.gather(*(look_at(chromium, server, waiting) for _ in range(AT_ONCE)))
    if wrong := [each for one in found for each in one]:
        pytest.fail("\n".join(wrong), pytrace=False)


def looks_at_alike(pages: Sequence[str]) -> Iterator[tuple[str, Ways]]:
    """Yield the pages of each kind that are looked at, with the way in which each is."""
    for start in ALIKE:
        of_kind = [page for page in pages if page.startswith(start)]
        chosen = dict.fromkeys([*sorted(of_kind, key=len)[-LONGEST:], *of_kind[::EVERY]])
        assert len(chosen) > LONGEST
        yield from ((page, (way,)) for page, way in zip(chosen, cycle(chain(*WAYS)), strict=False))


async def look_at(chromium: Browser, server: Server, waiting: Iterator[tuple[str, Ways]]) -> list[str]:
    """Look at one page after the other until none waits; what was wrong."""
    look = await Look.begin(chromium, server)
    for page, looks in waiting:
        await look.open(page, looks)
    return await look.end()
