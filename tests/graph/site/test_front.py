"""One rule on every path: JSON for programs, a page for browsers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from tests.graph.conftest import Server

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
PROGRAMS: tuple[dict[str, str], ...] = ({"accept": "application/json"}, {"accept": "*/*"}, {})

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]


@pytest.fixture(scope="module", params=["development", "production"])
def either(
    request: pytest.FixtureRequest, directory_url: str, settings_for: Callable[..., Any], serve: Serve
) -> Iterator[Server]:
    """A server as people develop on it, and one as it is run; neither has GraphiQL."""
    with serve(create_app(settings_for(directory_url, environment=request.param, graphiql=False))) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/graphql"])
def test_a_browser_gets_a_page_that_leads_on(either: Server, path: str) -> None:
    answer = either.client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "accept" in answer.headers["vary"].lower()
    assert f"curl {either.client.base_url.netloc.decode()}/graphql" in answer.text
    for place in ("/docs", "/graphql/schema.graphql", "/docs/troubleshooting"):
        assert f'href="{place}"' in answer.text
        # The schema is shown to whoever may introspect: in production that takes a token.
        assert either.client.get(place, headers=BROWSER).status_code in {200, 403}


@pytest.mark.parametrize("headers", PROGRAMS)
def test_a_program_gets_the_places_that_lead_on(either: Server, headers: dict[str, str]) -> None:
    answer = either.client.get("/", headers=headers)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["graphql"] == "/graphql"
    assert either.client.get(answer.json()["health"]).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/docs/nothing", "/graphql/", "/docs/../README.md"])
def test_what_is_not_there_is_a_page_for_browsers_and_json_for_programs(either: Server, path: str) -> None:
    page = either.client.get(path, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>404 Not Found</h1>" in page.text
    for headers in PROGRAMS:
        answer = either.client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (404, "application/json")
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_method_that_is_not_there_keeps_its_headers_on_a_page(either: Server) -> None:
    answer = either.client.delete("/docs", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert "GET" in answer.headers["allow"]
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_page_tells_a_hostile_host_as_text(either: Server) -> None:
    answer = either.client.get("/", headers={**BROWSER, "host": "<script>alert(1)</script>"})
    assert "<script" not in answer.text


def test_a_query_in_the_address_is_answered_for_browsers_too(either: Server) -> None:
    query = "/graphql?query=%7B__typename%7D"
    answer = either.client.get(query, headers={**BROWSER, "graphql-require-preflight": "1"})
    assert answer.headers["content-type"].startswith("application/json")
