"""GraphiQL's files: fetched while the server serves, and never in its way."""

import subprocess
import time
from collections.abc import Callable

import httpx2
import pytest

from tests.graph.commands.conftest import Server

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
# Nothing listens there.
NOWHERE = "http://127.0.0.1:9"


@pytest.mark.slow
def test_a_server_without_a_network_serves_and_its_page_says_what_is_missing(serve: Callable[..., Server]) -> None:
    server = serve(GRAPHIQL="true", NPM_REGISTRY=NOWHERE)
    page = httpx2.get(f"{server.address}/graphql", headers=BROWSER)
    assert page.status_code == 200
    assert "ariesone graphiql fetch" in page.text
    assert server.ask("{ __typename }") == {"data": {"__typename": "Query"}}
    told(server, "No GraphiQL yet, the API serves without")


@pytest.mark.slow
def test_npm_says_which_registry_where_the_settings_do_not(serve: Callable[..., Server]) -> None:
    server = serve(GRAPHIQL="true", npm_config_registry="http://127.0.0.1:10")
    told(server, "No GraphiQL yet")
    assert "refused" in server.output.read_text()


def test_fetching_from_nowhere_is_one_clear_error(
    command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = command("graphiql", "fetch", NPM_REGISTRY=NOWHERE)
    assert done.returncode == 1
    assert "graphiql 4.1.2 can't be had from NPM_REGISTRY" in done.stderr
    assert "NPM_REGISTRY=https://... names a registry" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_registry_is_reached_over_http_only(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = command("graphiql", "fetch", NPM_REGISTRY="file:///etc")
    assert done.returncode == 1
    assert "NPM_REGISTRY" in done.stderr
    assert "must start with https://" in done.stderr


def told(server: Server, words: str) -> None:
    """Wait until the server has said something."""
    deadline = time.monotonic() + 10
    while words not in server.output.read_text():
        assert time.monotonic() < deadline, server.output.read_text()
        time.sleep(0.05)
