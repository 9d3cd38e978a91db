"""Answers that nobody asks for twice: after a while they are kept no more, but for a few, to notice a change."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.cache import recent_keys
from graph.cache.recent_keys import PROBE
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


def body(number: int) -> bytes:
    """What asks for words that have a number."""
    return json.dumps({"query": QUERY, "variables": {"words": f"nothing{number}"}}).encode()


def is_probe(number: int) -> bool:
    """Whether it is kept in any case: the server is in this process, so its hashes are those of here."""
    return hash(body(number)) % PROBE == 0


def outcome(server: Server, number: int) -> str:
    return server.client.post("/graphql", content=body(number), headers=JSON).headers["x-cache"]


def test_what_is_never_asked_twice_is_not_kept_but_for_some(keeper: Server) -> None:
    numbers = random.sample(range(10**9), 10_000)
    probes = [number for number in numbers if is_probe(number)][:10]
    others = [number for number in numbers if not is_probe(number)][:500]
    outcomes = [outcome(keeper, number) for number in others]
    # Next to none is taken for one that was asked for.
    assert outcomes[100:].count("BYPASS") >= 398
    assert {outcome(keeper, number) for number in probes} == {"MISS"}


def test_what_is_asked_again_is_kept_again(keeper: Server) -> None:
    numbers = random.sample(range(10**9), 10_000)
    probe = next(number for number in numbers if is_probe(number))
    others = [number for number in numbers if not is_probe(number)][:300]
    for number in others[:200]:
        outcome(keeper, number)
    # Of what is kept in any case some is asked for again.
    for _ in range(20):
        outcome(keeper, probe)
    assert [outcome(keeper, others[-1]) for _ in range(3)] == ["MISS", "HIT", "HIT"]


def test_of_what_is_never_asked_twice_the_third_who_asks_all_the_same_is_given_it(keeper: Server) -> None:
    *others, number = [each for each in random.sample(range(10**9), 400) if not is_probe(each)][:300]
    for other in others:
        outcome(keeper, other)
    assert [outcome(keeper, number) for _ in range(4)] == ["BYPASS", "MISS", "HIT", "HIT"]


def test_where_nothing_was_found_for_long_what_is_asked_again_is_found_all_the_same(
    keeper: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_keys, "MOST", 100)
    *others, number = [each for each in random.sample(range(10**9), 400) if not is_probe(each)][:300]
    for other in others:
        outcome(keeper, other)
    assert [outcome(keeper, number) for _ in range(4)] == ["BYPASS", "MISS", "HIT", "HIT"]
