"""Answers that nobody asks for twice: after a while they are kept no more, but for a few, to notice a change."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
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
) -> Iterator[Server]:
    """A server that nobody has asked anything yet."""
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


def test_what_is_asked_again_is_kept_again(keeper: Server) -> None:
    numbers = random.sample(range(10**9), 400)
    kept = [number for number in numbers if outcome(keeper, number) == "MISS"]
    # Of what is kept in any case some is asked for again.
    for _ in range(20):
        outcome(keeper, kept[-1])
    assert [outcome(keeper, numbers[-1]) for _ in range(3)][1:] == ["HIT", "HIT"]


def test_of_what_is_never_asked_twice_the_third_who_asks_all_the_same_is_given_it(keeper: Server) -> None:
    *others, number = random.sample(range(10**9), 300)
    for other in others:
        outcome(keeper, other)
    assert [outcome(keeper, number) for _ in range(4)][1:] == ["MISS", "HIT", "HIT"]
