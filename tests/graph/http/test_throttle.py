"""The bucket of each client: what it holds, who shares one, and what a client is told."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.errors import ThrottledError
from graph.http.throttle import Throttle, client_of
from graph.settings import Settings
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
PAGE = {"query": "{ companies(first: 200) { nodes { npi } } }", "extensions": {"cost": True}}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_up_again() -> None:
    clock = Clock()
    throttle = Throttle(100, 10, clock)
    throttle.reserve("a", 70)
    with pytest.raises(ThrottledError) as refused:
        throttle.reserve("a", 70)
    assert refused.value.headers["retry-after"] == "4"
    throttle.reserve("b", 70)
    clock.now = 4.0
    throttle.reserve("a", 70)
    assert throttle.status("a") == {"maximumAvailable": 100, "currentlyAvailable": 0, "restoreRate": 10}
    clock.now = 1000.0
    assert throttle.status("a")["currentlyAvailable"] == 100


def test_what_was_not_used_comes_back_and_no_more() -> None:
    throttle = Throttle(100, 10, Clock())
    taken = throttle.reserve("a", 250)
    assert taken == 100
    throttle.refund("a", 60)
    assert throttle.status("a")["currentlyAvailable"] == 60
    throttle.refund("a", 60)
    assert throttle.status("a")["currentlyAvailable"] == 100


def test_a_network_of_ipv6_is_one_client() -> None:
    keys = {client_of(address) for address in ("2001:db8::1", "2001:db8::ffff:2", "fe80::1%eth0")}
    assert keys == {"address:2001:db8::/64", "address:fe80::/64"}
    assert client_of("192.0.2.1") != client_of("192.0.2.2")
    assert client_of("") == "address:"


@pytest.fixture(scope="module")
def production(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    settings = settings_for(directory_url, environment="production", throttle_cost=500, throttle_restore=1)
    with serve(create_app(settings)) as running:
        yield running


def ask(server: Server, address: str) -> httpx2.Response:
    return server.client.post("/graphql", json=PAGE, headers={"x-forwarded-for": address})


def test_a_client_that_asks_for_too_much_waits_while_others_do_not(production: Server) -> None:
    answers = [ask(production, "192.0.2.1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[-1]
    [error] = refused.json()["errors"]
    assert "data" not in refused.json()
    assert error["extensions"]["code"] == "THROTTLED"
    assert error["extensions"]["status"] == 429
    wait = int(refused.headers["retry-after"])
    assert 150 < wait < 170
    assert error["extensions"]["retryAfterMs"] == wait * 1000
    assert refused.headers["ratelimit-limit"] == "500"
    assert int(refused.headers["ratelimit-remaining"]) in range(57, 62)
    assert int(refused.headers["ratelimit-reset"]) in range(440, 445)
    assert ask(production, "192.0.2.2").status_code == 200


def test_the_bucket_is_told_beside_the_cost_and_holds_what_was_not_used(production: Server) -> None:
    status = ask(production, "192.0.2.3").json()["extensions"]["cost"]["throttleStatus"]
    assert status == {"maximumAvailable": 500, "currentlyAvailable": 279, "restoreRate": 1}
    none = '{ companies(first: 200, filter: {npi: ["1234567893"]}) { nodes { npi } } }'
    empty = {**PAGE, "query": none}
    answer = production.client.post("/graphql", json=empty, headers={"x-forwarded-for": "192.0.2.4"})
    assert answer.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] >= 498


def test_in_development_nobody_waits(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, throttle_cost=10))) as open_:
        answers = [ask(open_, "192.0.2.1") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "throttleStatus" not in answers[0].json()["extensions"]["cost"]
