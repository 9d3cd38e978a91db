"""The bucket of each client: what it holds, who shares one, and what a client is told."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

import httpx2
import jwt
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr
from redis import Redis
from starlette.types import ASGIApp

from graph.app import create_app
from graph.errors import ThrottledError
from graph.execution.cost import Work
from graph.http import throttle as throttle_module
from graph.http import till as till_module
from graph.http.account import Account
from graph.http.bucket import Rate
from graph.http.throttle import Rates, Throttle, client_of
from graph.http.till import Till
from graph.identity.viewer import ANONYMOUS, Viewer, factors_of_roles
from graph.settings import Settings
from tests.graph.conftest import READER, Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
RATE = Rate(100, 10)
PAGE = {"query": "{ companies(first: 200) { nodes { npi } } }", "extensions": {"cost": True}}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def till(clock: Clock) -> Till:
    return Till(clock=clock)


def account(till: Till, rate: Rate = RATE) -> Account:
    return Account(till, [till.bucket("a", rate)] * len(Work))


async def test_a_bucket_empties_and_fills_up_again(till: Till, clock: Clock) -> None:
    own = account(till)
    await own.reserve(70, 0)
    with pytest.raises(ThrottledError) as refused:
        await own.reserve(70, 0)
    assert refused.value.headers["retry-after"] == "4"
    await account(till).reserve(70, 0)
    clock.now = 4.0
    await own.reserve(70, 0)
    assert own.status() == {"maximumAvailable": 100, "currentlyAvailable": 0, "restoreRate": 10}
    clock.now = 1000.0
    assert own.status()["currentlyAvailable"] == 100


async def test_what_was_not_used_comes_back_and_no_more(till: Till) -> None:
    own = account(till)
    charge = await own.reserve(250, 0)
    assert charge.reserved == 100
    charge.settle(40)
    assert own.status()["currentlyAvailable"] == 60
    for _ in range(2):
        (await own.reserve(60, 0)).settle(0)
    assert own.status()["currentlyAvailable"] == 60


async def test_an_answer_is_weighed_where_its_client_may_run_out(till: Till) -> None:
    own = account(till, Rate(1000, 10))
    assert [(await own.reserve(cost, 0)).matters for cost in (200, 400, 100)] == [False, True, False]


async def test_what_was_refused_is_paid_for_even_into_debt(till: Till, clock: Clock) -> None:
    own = account(till)
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
    account(till).require()


async def test_who_waits_as_long_as_it_is_told_finds_enough(till: Till, clock: Clock) -> None:
    own = account(till)
    await own.reserve(100, 0)
    with pytest.raises(ThrottledError) as refused:
        await own.reserve(20, 3)
    # What reading it costs must come back first.
    assert refused.value.headers["retry-after"] == "3"
    clock.now = 3.0
    await own.reserve(20, 3)


async def test_each_kind_of_work_has_its_bucket_and_they_stand_in_for_one_another_in_refusals(till: Till) -> None:
    rates = Rates(reads=Rate(100, 1), bulk=Rate(1000, 1), writes=Rate(50, 1))
    throttle = Throttle(rates, till)

    def own() -> Account:
        found = throttle.account_of(READER, "192.0.2.1")
        assert found is not None
        return found

    reading, writing, listing = own(), own(), own()
    await reading.reserve(100, 0)
    writing.turn_to(Work.WRITE)
    await writing.reserve(20, 0)
    listing.turn_to(Work.BULK)
    await listing.reserve(999, 0)
    told = [each.headers()["ratelimit-remaining"] for each in (reading, writing, listing)]
    assert told == ["0", "30", "1"]
    # What it asks for isn't known before it is read, so it is, and pays for that from what it has.
    own().require()
    with pytest.raises(ThrottledError):
        await own().reserve(1, 40)
    assert [each.status()["currentlyAvailable"] for each in (listing, writing)] == [0, 30]
    own().pay(40)
    with pytest.raises(ThrottledError):
        own().require()


async def test_of_several_buckets_the_emptiest_is_told_of(till: Till) -> None:
    throttle = Throttle(Rates(reads=Rate(100, 1), writes=Rate(50, 1)), till)
    own = throttle.account_of(READER, "")
    assert own is not None
    await own.reserve(10, 0)
    own.turn_to(Work.WRITE)
    await own.reserve(20, 0)
    own.turn_to(Work.READ)
    await own.reserve(10, 0)
    assert own.headers()["ratelimit-limit"] == "50"
    # Bulk has no bucket of its own here.
    own.turn_to(Work.BULK)
    await own.reserve(75, 0)
    assert own.headers()["ratelimit-remaining"] == "5"


async def test_a_role_may_spend_so_many_times_as_much_from_buckets_of_its_own(till: Till) -> None:
    factors = factors_of_roles("partner = 2, ADMIN=10, VIEWER=0.5")
    throttle = Throttle(Rates(Rate(10, 1), Rate(100, 10), factors=factors), till)

    def bucket_of(*roles: str, subject: str | None = "me") -> Mapping[str, float]:
        found = throttle.account_of(Viewer(subject, frozenset(roles)), "192.0.2.1")
        assert found is not None
        found.pay(1)
        return found.status()

    assert bucket_of("PARTNER") == {"maximumAvailable": 200, "currentlyAvailable": 199, "restoreRate": 20}
    # Roles with the same factor have the same bucket.
    assert bucket_of("PARTNER", "EDITOR", "VIEWER")["currentlyAvailable"] == 198
    assert bucket_of("EDITOR") == {"maximumAvailable": 100, "currentlyAvailable": 99, "restoreRate": 10}
    assert bucket_of()["currentlyAvailable"] == 98
    assert bucket_of("ADMIN", "PARTNER")["maximumAvailable"] == 1000
    assert bucket_of("VIEWER")["maximumAvailable"] == 50
    # Whole numbers, as they are set.
    assert {type(value) for value in bucket_of("VIEWER", "PARTNER").values()} == {int}
    assert bucket_of("PARTNER", subject="you")["currentlyAvailable"] == 199
    assert bucket_of(subject=None)["maximumAvailable"] == 10


@pytest.mark.parametrize(
    "pairs", ["PARTNER", "PARTNER=0", "PARTNER=-1", "NOBODY=2", "PARTNER=two", "ADMIN=1,admin=2"]
)
def test_a_factor_is_refused_that_is_none(pairs: str) -> None:
    with pytest.raises(ValueError, match=r"is not ROLE=NUMBER|twice"):
        factors_of_roles(pairs)


async def test_the_client_that_came_longest_ago_is_forgotten_first(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle_module, "CLIENTS", 2)
    throttle = Throttle(Rates(anonymous=RATE), till)

    def pay(client: str) -> float:
        found = throttle.account_of(ANONYMOUS, client)
        assert found is not None
        found.pay(10)
        return found.status()["currentlyAvailable"]

    assert [pay(client) for client in ("a", "b", "a", "c", "a", "b")] == [90, 90, 80, 90, 70, 90]


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
    # Reading it cost a unit.
    assert int(refused.headers["ratelimit-remaining"]) in range(56, 61)
    assert int(refused.headers["ratelimit-reset"]) in range(441, 446)
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


@pytest.fixture(scope="module")
def partners(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    """A server in production whose buckets can be told apart by their sizes."""
    limits = {"throttle_cost_token": 500, "throttle_cost_bulk": 600, "throttle_cost_write": 50}
    limits |= {"throttle_restore_write": 1, "max_batch": 5}
    settings = settings_for(directory_url, environment="production", token_secret=SecretStr("s" * 40), **limits)
    with serve(create_app(settings)) as running:
        yield running


def token_of(subject: str, *roles: str) -> dict[str, str]:
    claims = {"sub": subject, "exp": int(time.time()) + 600, "roles": roles, "companies": ["*"]}
    return {"authorization": f"Bearer {jwt.encode(claims, 's' * 40, 'HS256')}"}


READ = {"query": '{ company(npi: "2999999909") { name } }'}
WRITE = {
    "query": 'mutation { updateCompany(input: {npi: "2999999909", website: "https://a.example"}, '
    "validateOnly: true) { userErrors { code } } }"
}
BULK = {"query": "query($n: [String!]!) { verifyNpis(npis: $n) { result } }"}


def test_changes_and_bulk_are_paid_from_buckets_of_their_own(partners: Server) -> None:
    headers = token_of("three", "PARTNER", "EDITOR")

    def limit_of(*entries: Mapping[str, object]) -> str:
        answer = partners.client.post(
            "/graphql", json=entries[0] if len(entries) == 1 else entries, headers=headers
        )
        assert answer.status_code == 200
        assert "data" in answer.text
        return answer.headers["ratelimit-limit"]

    numbers = {count: {"n": ["1234567893"] * count} for count in (100, 101)}
    assert limit_of(READ) == "500"
    assert limit_of(WRITE) == "50"
    assert limit_of({**BULK, "variables": numbers[100]}) == "500"
    assert limit_of({**BULK, "variables": numbers[101]}) == "600"
    two = {"query": BULK["query"].replace("{ verify", "{ a: verifyNpis(npis: $n) { result } verify")}
    assert limit_of({**two, "variables": {"n": ["1234567893"] * 51}}) == "600"
    # Of a batch the emptiest is told.
    assert limit_of(READ, WRITE, READ) == "50"


def test_whoever_may_not_write_any_more_may_read(partners: Server) -> None:
    headers = token_of("writer", "EDITOR")

    def ask_for(operation: Mapping[str, object]) -> httpx2.Response:
        return partners.client.post("/graphql", json=operation, headers=headers)

    def refusals() -> float:
        return REGISTRY.get_sample_value("throttled_total", {"work": "write"}) or 0.0

    before = refusals()
    while (answer := ask_for(WRITE)).status_code == 200:
        assert answer.headers["ratelimit-limit"] == "50"
    assert answer.status_code == 429
    assert refusals() == before + 1
    assert answer.headers["ratelimit-limit"] == "50"
    read = ask_for(READ)
    assert read.status_code == 200
    assert int(read.headers["ratelimit-remaining"]) > 490


def test_a_kept_answer_tells_of_the_bucket_and_takes_nothing(partners: Server) -> None:
    headers = token_of("reader", "VIEWER")
    url = "/graphql?query={company(npi:%222999999909%22){name,npi}}"
    answers = [partners.client.get(url, headers=headers) for _ in range(3)]
    answers.append(partners.client.get(url, headers={**headers, "if-none-match": answers[0].headers["etag"]}))
    assert [(each.status_code, each.headers["x-cache"]) for each in answers] == [
        (200, "MISS"), (200, "HIT"), (200, "HIT"), (304, "HIT"),
    ]  # fmt: skip
    assert {each.headers["ratelimit-limit"] for each in answers} == {"500"}
    assert int(answers[0].headers["ratelimit-remaining"]) >= 498


def test_servers_with_one_redis_have_one_bucket(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str, valkey_url: str
) -> None:
    settings = settings_for(directory_url, environment="production", throttle_cost=1000, throttle_restore=1)
    settings.redis_url = SecretStr(valkey_url)
    with serve(create_app(settings)) as one, serve(create_app(settings)) as other:
        statuses = [ask(server, "192.0.2.77").status_code for server in (one, other) * 3]
    # Each page costs 221.
    assert statuses == [200] * 4 + [429] * 2


def test_what_was_taken_last_is_told_before_a_server_ends(
    serve: Serve,
    settings_for: Callable[..., Settings],
    directory_url: str,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(till_module, "INTERVAL", 1000.0)
    settings = settings_for(directory_url, environment="production", throttle_cost=1000, throttle_restore=1)
    settings.redis_url = SecretStr(valkey_url)
    small = {"query": "{ companies(first: 7) { nodes { npi } } }"}
    with Redis.from_url(valkey_url) as redis, serve(create_app(settings)) as server:
        redis.flushall()
        answer = server.client.post("/graphql", json=small, headers={"x-forwarded-for": "192.0.2.88"})
        assert answer.headers["ratelimit-remaining"] == "991"
        assert not redis.keys("ariesone:bucket:*")
    with Redis.from_url(valkey_url) as redis:
        [key] = redis.keys("ariesone:bucket:*")
        assert float(redis.hget(key, "left")) == pytest.approx(991.2, abs=1)


def test_in_development_nobody_waits(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, throttle_cost=10))) as open_:
        answers = [ask(open_, "192.0.2.1") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "throttleStatus" not in answers[0].json()["extensions"]["cost"]
    assert "ratelimit-limit" not in answers[0].headers
