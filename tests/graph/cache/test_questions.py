"""Questions that look alike: each is given its own answer, whoever asked what before, cold and kept."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from graphql import GraphQLObjectType
from redis import Redis
from starlette.types import ASGIApp

from graph import parts
from graph.app import create_app
from graph.cache import worth
from graph.cache.cache import CacheOptions
from graph.cache.keys import digest_of, written
from graph.execution.facts import facts_of
from graph.schema import core_schema
from tests.graph.cache.test_cache_cases import SECRET, settings_of
from tests.graph.conftest import Server, bearer

ROLES = (None, "VIEWER", "PARTNER", "EDITOR", "ADMIN")
NPI = "2999999909"
LOCATION = "location:00000000-0000-4000-8000-000000000001"

TOKENS = {role: bearer(role, token_secret=SECRET) for role in ROLES if role}

Asking = tuple[str, dict[str, Any]]

# Documents and variables of which each says something else, or the same in other words.
SKIPS = "query($a: Boolean!, $b: Boolean!) { company(npi: %s) { npi @skip(if: $a) name @include(if: $b) } }"
FIRST = "query($n: Int = 2) { companies(first: $n) { nodes { npi } } }"
SEARCH = "query($s: String) { companies(filter: {search: $s}, first: 3) { nodes { npi name } } }"
NEAR = "query($r: Float!) { locations(near: {latitude: 30.27, longitude: -97.74, radius: $r}) { nodes { id } } }"
TWO = "query One { dataset { companies { value } } } query Two { dataset { locations { value } } }"
ALIKE: dict[str, list[Asking]] = {
    "what is skipped": [
        (SKIPS % f'"{NPI}"', {"a": a, "b": b}) for a, b in itertools.product((False, True), repeat=2) if b or not a
    ],
    "aliases": [
        (f'{{ {alias} company(npi: "{NPI}") {{ {inner} name }} }}', {})
        for alias, inner in itertools.product(("", "a:", "b:"), repeat=2)
    ],
    "the order of fragments": [
        (
            (f'{{ company(npi: "{NPI}") {{ ...{first} ...{then} }} }} fragment {a} on Company {{ npi }} '
            f"fragment {b} on Company {{ name }}"),
            {},
        )
        for first, then in ("AB", "BA")
        for a, b in ("AB", "BA")
    ],
    "what is given, absent, or null": [(FIRST, {}), (FIRST, {"n": None}), (FIRST, {"n": 2}), (FIRST, {"n": 3})],
    "an absent filter": [(SEARCH, {}), (SEARCH, {"s": None}), (SEARCH, {"s": ""}), (SEARCH, {"s": "a"})],
    "numbers": [(NEAR, {"r": 1}), (NEAR, {"r": 1.0}), (NEAR, {"r": 10}), (NEAR, {"r": 1e1}), (NEAR, {"r": 5.0})],
    "texts that look alike": [
        (SEARCH, {"s": text}) for text in ("cafe", "café", "cafe\u0301", "CAFÉ", "café ", "c a f é", "\ufeffcafé")
    ],
    "blanks in a text": [
        (f'{{ companies(filter: {{search: "{text}"}}, first: 3) {{ nodes {{ name }} }} }}', {})
        for text in ("me di", "medi", "m edi", "medi ", "  medi", "# medi", "me,di")
    ],
    "which of several operations": [(TWO, {"operationName": "One"}), (TWO, {"operationName": "Two"})],
    "what a variable is called": [
        ((f"query(${a}: Int, ${b}: Int) {{ a: companies(first: $x) {{ nodes {{ npi }} }} "
         "b: locations(first: $y) { nodes { id } } }"), {"x": 1, "y": 2})
        for a, b in ("xy", "yx")
    ],
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def asking() -> Iterator[None]:
    """Have the shared cache asked each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worth, "ASKING", -1.0)
        yield


@pytest.fixture(scope="module")
def pair(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]], directory_url: str, valkey_url: str
) -> Iterator[tuple[Server, Server]]:
    """Two processes that share a cache."""
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    settings = settings_of(directory_url, valkey_url, cache_audit=0, max_aliases=100)
    with serve(create_app(settings)) as one, serve(create_app(settings)) as other:
        yield one, other


@pytest.fixture(scope="module")
def plain(serve: Callable[[ASGIApp], AbstractContextManager[Server]], directory_url: str) -> Iterator[Server]:
    """A process that keeps nothing."""
    with serve(create_app(settings_of(directory_url, None, cache_seconds=0))) as running:
        yield running


def said(server: Server, asking: Asking, role: str | None = None) -> tuple[Any, str]:
    """What a server says to a question, as it is written, and whether it kept that."""
    query, variables = asking
    body: dict[str, Any] = {"query": query, "variables": variables}
    if "operationName" in variables:
        body = {"query": query, **variables}
    headers = {"content-type": "application/json"}
    if role:
        headers["authorization"] = TOKENS[role]
    answer = server.client.post("/graphql", content=json.dumps(body), headers=headers)
    found = answer.json()
    errors = [error["message"] for error in found.get("errors", ())]
    return (json.dumps(found.get("data")), errors), answer.headers.get("x-cache", "")


@pytest.mark.parametrize("name", ALIKE)
def test_questions_that_look_alike_have_each_their_own_answer(
    pair: tuple[Server, Server], plain: Server, name: str
) -> None:
    askings = ALIKE[name]
    expected = [said(plain, asking)[0] for asking in askings]
    outcomes = []
    for server, order in itertools.product(pair, (1, -1, 1)):
        for asking, right in list(zip(askings, expected, strict=True))[::order]:
            found, outcome = said(server, asking)
            assert found == right
            outcomes.append(outcome)
    assert outcomes.count("HIT") >= len(outcomes) / 2


def guarded_fields() -> list[str]:
    """A query for each field that needs a role, and can be asked for below a company or a location."""
    found = []
    guards = facts_of(core_schema).guards.by_place
    for type_name, root in (
        ("Company", f'company(npi: "{NPI}")'),
        ("Location", f'location(id: "{LOCATION}")'),
    ):
        type_ = core_schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            if f"{type_name}.{name}" in guards or field.type in guarded_types():
                inner = {"authorizedOfficial": " { lastName }", "history": "(first: 1) { nodes { kind } }"}
                found.append(f"{{ {root} {{ __typename {name}{inner.get(name, '')} }} }}")
    return found


def guarded_types() -> list[Any]:
    return [core_schema.type_map[name] for name in ("AuthorizedOfficial", "PhoneNumber", "TaxId")]


def test_no_role_is_given_what_another_one_was(pair: tuple[Server, Server], valkey_url: str) -> None:
    """Every ordered pair of roles by every guarded field: what the second is told doesn't depend on the first."""
    queries = guarded_fields()
    assert len(queries) >= 7
    one, other = pair
    with Redis.from_url(valkey_url) as redis:
        for number, query in enumerate(queries):
            alone = {}
            for role in ROLES:
                redis.flushall()
                alone[role] = said(one, (f"{query} # {number} {role}", {}), role)[0]
            assert len({str(each) for each in alone.values()}) > 1, query
            for first, then in itertools.permutations(ROLES, 2):
                # Neither process has seen this body, and nothing is shared yet.
                redis.flushall()
                body = f"{query} # {number} {first} {then}"
                for server, role in itertools.product((one, other, one), (first, then)):
                    assert said(server, (body, {}), role)[0] == alone[role], (body, role)


def test_two_schemas_beside_each_other_share_nothing(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    directory_url: str,
    valkey_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While servers are replaced by newer ones, neither gives what the other one kept."""
    settings = settings_of(directory_url, valkey_url, cache_audit=0)
    asking: Asking = ("{ companies(first: 2) { nodes { name } } }", {})
    with Redis.from_url(valkey_url) as redis, serve(create_app(settings)) as old:
        redis.flushall()
        first, _ = said_when_current(old, asking)
        keys = wait_for_keys(redis, 1)
        with serve(create_app(settings)) as same:
            assert said_when_current(same, asking) == (first, "HIT")
        newer = CacheOptions(audit_every=0, schema=b"another schema")
        monkeypatch.setattr(parts, "cache_options", lambda _: newer)
        with serve(create_app(settings)) as new:
            assert said_when_current(new, asking) == (first, "MISS")
            assert wait_for_keys(redis, 2) > keys


def said_when_current(server: Server, asking: Asking) -> tuple[Any, str]:
    """What a server says once it has read the log a moment ago: on a busy machine that may take a while."""
    deadline = time.monotonic() + 10
    while (answer := said(server, asking))[1] == "BYPASS":
        assert time.monotonic() < deadline
    return answer


def wait_for_keys(redis: Redis, count: int) -> set[bytes]:
    """The keys of answers, once there are so many."""
    deadline = time.monotonic() + 10
    while len(keys := redis.keys("ariesone:answer:*")) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return set(keys)  # type: ignore[arg-type]


def test_values_that_json_cannot_have_are_told_apart() -> None:
    """Also those that are no number, or longer than any."""
    values: list[Any] = [float("nan"), None, "nan", 10**30, "1" + "0" * 30, float("inf"), 1, 1.0, "1", True]
    digests = {digest_of(written({"value": value})) for value in values}
    assert len(digests) == len(values)
