"""Answers that nobody asks for twice: after a while they are kept no more, but for a few, to notice a change."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import worth
from graph.settings import Settings
from tests.graph.conftest import Server

# Each time for words that nobody has asked for.
QUERY = "query Search($words: String!) { companies(first: 1, filter: {search: $words}) { nodes { name } } }"
JSON = {"content-type": "application/json"}


@pytest.fixture
def keeper(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Server]:
    """A server for which keeping an answer costs more than making it, whatever else this machine does."""
    monkeypatch.setattr(worth, "COST_HERE", 1.0)
    with serve(create_app(settings_for(directory_url, cache_audit=0))) as running:
        yield running


def outcome(server: Server, number: int) -> str:
    body = {"query": QUERY, "variables": {"words": f"nothing{number}"}}
    return server.client.post("/graphql", content=json.dumps(body), headers=JSON).headers["x-cache"]


def test_what_is_never_asked_twice_is_not_kept_but_for_some(keeper: Server) -> None:
    numbers = random.sample(range(10**9), 600)
    outcomes = [outcome(keeper, number) for number in numbers]
    kept = outcomes[100:].count("MISS")
    assert 0 < kept < 40
    assert outcomes[100:].count("BYPASS") == 500 - kept


def test_what_is_asked_again_is_kept_again(keeper: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = random.sample(range(10**9), 200)
    for number in numbers:
        outcome(keeper, number)
    monkeypatch.setattr(worth, "COST_HERE", 0.0)
    assert [outcome(keeper, numbers[0]) for _ in range(3)][1:] == ["HIT", "HIT"]
