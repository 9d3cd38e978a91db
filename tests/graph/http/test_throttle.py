"""The bucket of each client: what it holds, who shares one, and what a client is told."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx2
import jwt
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from graph.app import create_app
from graph.errors import ThrottledError
from graph.http import throttle as throttle_module
from graph.http.throttle import Account, Rate, Throttle, client_of
from graph.settings import Settings
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
PAGE = {"query": "{ companies(first: 200) { nodes { npi } } }", "extensions": {"cost": True}}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def account(throttle: Throttle, client: str = "a") -> Account:
    return Account(throttle, client, Rate(100, 10))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(None, None, clock)


def test_a_bucket_empties_and_fills_up_again(throttle: Throttle, clock: Clock) -> None:
    own = account(throttle)
    own.reserve(70)
    with pytest.raises(ThrottledError) as refused:
        own.reserve(70)
    assert refused.value.headers["retry-after"] == "4"
    account(throttle, "b").reserve(70)
    clock.now = 4.0
    own.reserve(70)
    assert own.status() == {"maximumAvailable": 100, "currentlyAvailable": 0, "restoreRate": 10}
    clock.now = 1000.0
    assert own.status()["currentlyAvailable"] == 100


def test_what_was_not_used_comes_back_and_no_more(throttle: Throttle) -> None:
    own = account(throttle)
    charge = own.reserve(250)
    assert charge.reserved == 100
    charge.settle(40)
    assert own.status()["currentlyAvailable"] == 60
    own.reserve(60).settle(0)
    own.reserve(0).settle(0)
    assert own.status()["currentlyAvailable"] == 60


def test_an_answer_is_weighed_where_its_client_may_run_out(throttle: Throttle) -> None:
    rate = Rate(1000, 10)
    own = Account(throttle, "a", rate)
    assert not own.reserve(200).matters
    assert own.reserve(400).matters
    assert not own.reserve(100).matters


def test_what_was_refused_is_paid_for_even_into_debt(throttle: Throttle, clock: Clock) -> None:
    own = account(throttle)
    own.require()
    for _ in range(3):
        own.pay(80)
    # Debts end at one bucket, so nobody waits for ever.
    with pytest.raises(ThrottledError) as refused:
        own.require()
    assert refused.value.headers["retry-after"] == "11"
    assert own.headers() == {"ratelimit-limit": "100", "ratelimit-remaining": "0", "ratelimit-reset": "20"}
    clock.now = 10.1
    own.require()
    account(throttle, "b").require()


def test_the_bucket_that_was_used_longest_ago_is_forgotten_first(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle_module, "CLIENTS", 2)
    for client in ("a", "b", "a", "c"):
        account(throttle, client).pay(10)
    left = {client: account(throttle, client).status()["currentlyAvailable"] for client in "abc"}
    assert left == {"a": 80, "b": 100, "c": 90}
    assert throttle.changed == {"a", "c"}


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


def test_every_answer_tells_of_the_bucket_that_pays_for_it(production: Server) -> None:
    headers = {"x-forwarded-for": "192.0.2.5"}
    bodies = ["{ __typename }", "{ __typename }", "{ wrong }", "{", "{ viewer { roles } }"]
    for query in bodies:
        answer = production.post(query, None, **headers)
        assert answer.headers["ratelimit-limit"] == "500"
        assert 480 < int(answer.headers["ratelimit-remaining"]) <= 500
        assert int(answer.headers["ratelimit-reset"]) <= 20
    got = production.client.get("/graphql?query={__typename}", headers=headers)
    assert got.headers["ratelimit-limit"] == "500"


def test_what_is_refused_is_paid_for_by_how_much_there_was_to_read(production: Server) -> None:
    def left(client: str, content: str) -> int:
        headers = {"content-type": "application/json", "x-forwarded-for": client}
        answer = production.client.post("/graphql", content=content, headers=headers)
        assert "errors" in answer.text
        return int(answer.headers["ratelimit-remaining"])

    def body(query: str, **variables: object) -> str:
        return json.dumps({"query": query, "variables": variables})

    assert left("192.0.2.10", body("{ a }")) >= 495
    assert 90 < 500 - left("192.0.2.11", body("{ " + "wrong " * 80 + "}")) < 110
    assert 90 < 500 - left("192.0.2.12", body("{" * 480)) < 110
    assert left("192.0.2.13", body("{ " + "wrong " * 800 + "}")) == 0
    assert 90 < 500 - left("192.0.2.14", "[" * 30_000) < 110
    assert 85 < 500 - left("192.0.2.16", "[" + '{"query": "{ a }"},' * 1_500 + "1]") < 110
    assert left("192.0.2.15", body("query ($n: NPI!) { company(npi: $n) { npi } }", n="x" * 10_000)) >= 495


def test_who_only_sends_what_is_refused_is_not_read_any_more(production: Server) -> None:
    headers = {"x-forwarded-for": "192.0.2.20"}
    wrong = "{ " + " ".join(f"f{number}" for number in range(900)) + " }"
    assert production.post(wrong, None, **headers).json()["errors"][0]["extensions"]["code"] != "THROTTLED"
    for content in (json.dumps({"query": wrong}), json.dumps({"query": "{ __typename }"}), "not JSON"):
        answer = production.client.post(
            "/graphql", content=content, headers={"content-type": "application/json", **headers}
        )
        assert answer.status_code == 429
        assert answer.headers["ratelimit-remaining"] == "0"
        assert int(answer.headers["retry-after"]) > 300


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/json"),
        ("application/graphql-response+json,application/graphql+json,application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("*/*", "application/json"),
    ],
)
def test_a_refusal_for_now_is_no_result_to_clients_that_take_results_whatever_their_status(
    production: Server, accept: str | None, expected: str
) -> None:
    headers = {"x-forwarded-for": "192.0.2.30", **({"accept": accept} if accept else {})}
    for _ in range(3):
        answer = production.client.post("/graphql", json=PAGE, headers=headers)
    assert answer.status_code == 429
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"
    assert answer.json()["errors"][0]["extensions"]["retryAfterMs"] == int(answer.headers["retry-after"]) * 1000


def test_each_subject_of_tokens_has_a_bucket_of_its_own(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    secret = {"environment": "production", "token_secret": SecretStr("s" * 40)}
    limits = {"throttle_cost": 100, "throttle_cost_token": 500, "throttle_restore_token": 1}
    settings = settings_for(directory_url, **secret, **limits)

    def token(subject: str) -> str:
        claims = {"sub": subject, "exp": int(time.time()) + 600, "roles": ["VIEWER"]}
        return f"Bearer {jwt.encode(claims, 's' * 40, 'HS256')}"

    with serve(create_app(settings)) as running:

        def statuses(*subjects: str) -> list[int]:
            return [
                running.client.post("/graphql", json=PAGE, headers={"authorization": token(subject)}).status_code
                for subject in subjects
            ]

        # Another token of the same subject makes no difference.
        assert statuses("a", "a", "a", "b", "a") == [200, 200, 429, 200, 429]
        schema = running.post("{ __schema { queryType { name } } }", authorization=token("c"))
        assert schema.headers["ratelimit-remaining"] == "0"
        answer = running.post("{ viewer { subject } }", authorization=token("a"))
        assert answer.headers["ratelimit-limit"] == "500"


def test_in_development_nobody_waits(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, throttle_cost=10))) as open_:
        answers = [ask(open_, "192.0.2.1") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "throttleStatus" not in answers[0].json()["extensions"]["cost"]
    assert "ratelimit-limit" not in answers[0].headers
