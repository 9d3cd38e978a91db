"""What an operation would cost is told without running it; and what it costs is told by itself."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import httpx2
import jwt
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server
from tests.proxy import Proxy

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

HEADER = {"cost-dry-run": "true"}
# Each costs this, and its root may not be null.
PAGE = "companies(first: 200) { nodes { npi } }"
COST = 221.0
TELLS = "rateLimit(dryRun: true) { cost limit remaining resetAt }"
WRITE = 'mutation { updateCompany(input: {npi: "2999999909", website: "https://a.example"}) { company { npi } } }'


def headers_of(*roles: str, subject: str = "me") -> dict[str, str]:
    claims = {"sub": subject, "exp": int(time.time()) + 600, "roles": roles, "companies": ["*"]}
    return {"authorization": f"Bearer {jwt.encode(claims, 's' * 40, 'HS256')}"}


@pytest.fixture(scope="module")
def production(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    limits = {"throttle_cost": 1000, "throttle_restore": 1, "throttle_cost_write": 100, "max_batch": 5}
    settings = settings_for(directory_url, environment="production", token_secret=SecretStr("s" * 40), **limits)
    with serve(create_app(settings)) as running:
        yield running


@pytest.fixture
def lost(
    serve: Serve, settings_for: Callable[..., Settings], distant_url: str, database_proxy: Proxy
) -> Iterator[Server]:
    """A server that has lost its database."""
    limits = {"throttle_restore": 1, "throttle_restore_token": 1, "throttle_restore_write": 1, "max_batch": 5}
    settings = settings_for(distant_url, environment="production", token_secret=SecretStr("s" * 40), **limits)
    with serve(create_app(settings)) as running:
        database_proxy.refuse()
        yield running


def read(answer: httpx2.Response) -> dict[str, Any]:
    found = answer.json()
    assert answer.status_code == 200
    assert "errors" not in found
    return dict(found)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (f"{{ {TELLS} {PAGE} }}", {}),
        (f"{{ {PAGE} ...Limits }} fragment Limits on Query {{ {TELLS} }}", {}),
        ("query($dry: Boolean) { rateLimit(dryRun: $dry) { cost limit } " + PAGE + " }", {"dry": True}),
        ("query($dry: Boolean = true) { rateLimit(dryRun: $dry) { cost limit } " + PAGE + " }", {}),
    ],
)
def test_a_field_asks_what_the_operation_would_cost(
    lost: Server, query: str, variables: Mapping[str, Any]
) -> None:
    answer = lost.post(query, variables)
    [(name, told)] = read(answer)["data"].items()
    assert name == "rateLimit"
    assert COST < told["cost"] <= COST + 0.4
    assert told["limit"] == 25_000
    assert 24_998 <= int(answer.headers["ratelimit-remaining"]) < 25_000


@pytest.mark.parametrize(("operation", "limit"), [(f"{{ {PAGE} }}", "100000"), (WRITE, "50000")])
def test_a_header_asks_what_any_operation_would_cost(lost: Server, operation: str, limit: str) -> None:
    answer = lost.post(operation, None, **HEADER, **headers_of("ADMIN"))
    found = read(answer)
    assert found["data"] == {}
    cost = found["extensions"]["cost"]
    assert cost["requestedQueryCost"] > 1
    assert cost["actualQueryCost"] == 0
    assert cost["throttleStatus"]["maximumAvailable"] == int(limit)
    assert answer.headers["ratelimit-limit"] == limit
    # The reading is paid for.
    assert int(limit) - 2 <= int(answer.headers["ratelimit-remaining"]) < int(limit)
    assert "x-cache" not in answer.headers
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    "query", [f"{{ {PAGE} rateLimit {{ cost }} }}", WRITE.replace("}) {", "}, validateOnly: true) {")]
)
def test_what_is_told_is_what_it_costs_then(production: Server, query: str) -> None:
    headers = headers_of("ADMIN")
    told = read(production.post(query, None, **HEADER, **headers))["extensions"]["cost"]
    body = {"query": query, "extensions": {"cost": True}}
    found = read(production.client.post("/graphql", json=body, headers=headers))
    assert found["extensions"]["cost"]["requestedQueryCost"] == told["requestedQueryCost"]
    if "rateLimit" in found["data"]:
        assert found["data"]["rateLimit"]["cost"] == told["requestedQueryCost"]


def test_an_operation_tells_what_it_costs_compiled_and_interpreted_alike(production: Server) -> None:
    query = "{ rateLimit { cost limit remaining resetAt __typename } dataset { companies { value } } }"
    headers = {"x-forwarded-for": "192.0.2.1"}
    answers = [production.post(query, None, **headers) for _ in range(4)]
    told = [read(answer)["data"]["rateLimit"] for answer in answers]
    assert {each["cost"] for each in told} == {told[0]["cost"]}
    assert {each["limit"] for each in told} == {1000}
    left = [each["remaining"] for each in told]
    assert (
        left
        == [int(answer.headers["ratelimit-remaining"]) for answer in answers]
        == sorted(set(left), reverse=True)
    )
    full = datetime.fromisoformat(told[-1]["resetAt"])
    assert 0 < (full - datetime.now(UTC)).total_seconds() < 1000 - left[-1] + 2
    # What asks for the schema as well is run by graphql-core.
    both = production.post('{ rateLimit { cost } __type(name: "Query") { name } }', None, **headers_of("VIEWER"))
    assert read(both)["data"]["rateLimit"]["cost"] > 0


def test_where_nothing_bounds_a_client_only_the_cost_is_told(server: Server) -> None:
    asked = {"cost": COST + 0.4, "limit": None, "remaining": None, "resetAt": None}
    for _ in range(3):
        assert read(server.post(f"{{ {TELLS} {PAGE} }}"))["data"] == {"rateLimit": asked}
    found = read(server.post("{ dataset { companies { value } } }", None, **HEADER))
    assert found["data"] == {}
    assert found["extensions"]["cost"].keys() == {"requestedQueryCost", "actualQueryCost", "maximum"}


def test_what_would_be_refused_is_refused(production: Server) -> None:
    deep = production.post(
        "{ companies(first: 200) { nodes { locations(first: 200) { nodes { id } } } } }", None, **HEADER
    )
    assert deep.json()["errors"][0]["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
    by_get = production.client.get("/graphql", params={"query": WRITE}, headers={**HEADER, **headers_of("ADMIN")})
    assert by_get.status_code == 405
    assert production.post("{ nothing }", None, **HEADER).json()["errors"]
    unknown = "query($x: Boolean = true) { rateLimit(dryRun: true) { cost } dataset @include(if: $x) { cursor } }"
    answer = production.post(unknown, {"x": None})
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in answer.json()


@pytest.mark.parametrize("value", ["1", "", "yes", "true, true"])
def test_a_header_that_says_neither_is_refused(production: Server, value: str) -> None:
    answer = production.post("{ __typename }", None, **{"cost-dry-run": value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == "Cost-Dry-Run is true or false."


def test_a_header_that_denies_it_changes_nothing(production: Server) -> None:
    assert read(production.post("{ __typename }", None, **{"cost-dry-run": "False"})) == {
        "data": {"__typename": "Query"}
    }


def test_a_kept_answer_is_given_to_nobody_who_asks_for_its_cost(production: Server) -> None:
    query = {"query": "{ dataset { locations { value } } }"}
    kept = [production.client.get("/graphql", params=query) for _ in range(2)]
    assert kept[-1].headers["x-cache"] == "HIT"
    assert read(production.client.get("/graphql", params=query, headers=HEADER))["data"] == {}
    assert production.client.get("/graphql", params=query).headers["x-cache"] == "HIT"


def test_each_operation_of_a_batch_tells_its_cost(lost: Server) -> None:
    batch = [{"query": "{ __typename }"}, {"query": WRITE}, {"query": f"{{ {TELLS} }}"}]
    answers = lost.client.post("/graphql", json=batch, headers={**HEADER, **headers_of("ADMIN")}).json()
    assert [each["data"].keys() for each in answers] == [set(), set(), {"rateLimit"}]
    assert all(each["extensions"]["cost"]["requestedQueryCost"] > 0 for each in answers)
