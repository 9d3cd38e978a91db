"""Every link of the site leads to a page, and to the place in it that it names."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from tests.graph.conftest import Server
from tests.graph.site.reading import ReadPage, missing_anchors, read_site

# What a server in production shows to nobody without a token.
CLOSED = {"/docs/access", "/docs/schema.graphql", "/graphql/schema.graphql", "/health"}


@pytest.fixture(scope="module")
def site(server: Server) -> dict[str, ReadPage]:
    """The whole site as it is while one develops."""
    return read_site(server)


def test_every_link_leads_somewhere(site: dict[str, ReadPage]) -> None:
    assert len(site) > 100
    assert {address: page.status for address, page in site.items() if page.status != 200} == {}


def test_every_anchor_is_there(site: dict[str, ReadPage]) -> None:
    assert missing_anchors(site) == set()


def test_every_page_says_what_it_is(site: dict[str, ReadPage]) -> None:
    for page in filter(lambda each: each.is_page, site.values()):
        assert page.title.strip(), page.address
        assert page.headings == 1, page.address
        assert page.language == "en", page.address
        assert page.has_viewport, page.address
        assert [each for each, count in Counter(page.ids).items() if count > 1] == [], page.address


def test_no_two_pages_have_one_title(site: dict[str, ReadPage]) -> None:
    titles = {page.address: page.title for page in site.values() if page.is_page}
    counts = Counter(titles.values())
    assert {address for address, title in titles.items() if counts[title] > 1} == set()


@pytest.fixture
def production(
    directory_url: str,
    settings_for: Callable[..., Any],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Iterator[Server]:
    """A server as it is run."""
    with serve(create_app(settings_for(directory_url, environment="production"))) as running:
        yield running


def test_in_production_links_lead_to_pages_or_to_what_needs_a_token(production: Server) -> None:
    site = read_site(production)
    wrong = {address: page.status for address, page in site.items() if page.status != 200}
    assert {address for address in wrong if address not in CLOSED} == set()
    assert set(wrong.values()) <= {401, 403}
