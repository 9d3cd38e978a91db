"""Kept answers: given again to the same request alone, gone when they are old or something was loaded."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from db.tail import Head
from graph.app import create_app
from graph.cache import answers
from graph.cache.answers import Answer, Answers
from graph.cache.follower import Follower, today
from graph.cache.tags import EVERY, Tags
from graph.identity.viewer import ROLES
from graph.settings import Settings
from graph.telemetry.metrics import CACHE_EVICTED, CACHED
from tests.graph.cache.test_log_follower import change
from tests.graph.conftest import Server, bearer

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

NOBODY: frozenset[str] = frozenset()
COUNT = "{ dataset { companies { value } } }"
# A field for everyone, one for some and one for a single role.
GUARDED = "query Guarded { companies(first: 3) { nodes { npi phone } } }"
AUDITED = "query Audited { companies(first: 1) { nodes { npi taxId } } }"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def follower(clock: Clock) -> Follower:
    """One that has read a log of nine changes."""
    found = Follower(clock)
    found.apply(Head(9, (1, 1, 0), today()), ())
    return found


@pytest.fixture
def kept(follower: Follower, clock: Clock) -> Answers:
    return Answers(follower, 3_600, 2_000, clock)


def sent(body: bytes) -> answers.Sent:
    return (body, "/graphql", NOBODY, True, 0)


def answer(follower: Follower, content: bytes = b"A", tags: Tags = EVERY) -> Answer:
    stamp = follower.stamp()
    assert stamp is not None
    return Answer(content, None, 60, stamp, tags, 1_000.0)


def test_an_answer_is_given_for_its_time(kept: Answers, follower: Follower, clock: Clock) -> None:
    kept.keep(sent(b"a"), answer(follower))
    found = kept.find(sent(b"a"))
    assert found is not None
    assert found.content == b"A"
    assert kept.find(sent(b"b")) is None
    assert kept.find((b"a", "/graphql", frozenset({"VIEWER"}), False, 0)) is None
    clock.now += 3_600
    follower.apply(Head(9, (1, 1, 0), today()), ())
    assert kept.find(sent(b"a")) is None


def test_an_answer_whose_time_is_over_is_given_for_as_long_as_it_says(
    kept: Answers, follower: Follower, clock: Clock
) -> None:
    allowed = replace(answer(follower, tags=frozenset({"company:1"})), stale=30)
    kept.keep(sent(b"a"), allowed)
    for seconds, is_overdue in ((3_599, False), (1, True), (29, True)):
        clock.now += seconds
        follower.apply(Head(9, (1, 1, 0), today()), ())
        found = kept.find(sent(b"a"))
        assert found is allowed
        assert found.is_overdue is is_overdue
    # Not if anything has touched it.
    follower.apply(Head(10, (1, 1, 0), today()), [change(10, "1")])
    assert kept.find(sent(b"a")) is None
    kept.keep(sent(b"b"), replace(answer(follower), stale=30))
    clock.now += 1
    follower.apply(Head(10, (1, 1, 0), today()), ())
    assert kept.find(sent(b"b")) is None


def test_an_answer_that_was_given_is_looked_at_again_after_every_change(kept: Answers, follower: Follower) -> None:
    mine, others = sent(b"mine"), sent(b"others")
    for key, tags in ((mine, {"company:1"}), (others, {"company:2"})):
        kept.keep(key, answer(follower, tags=frozenset(tags)))
        assert kept.find(key)
    # What was just committed here isn't read yet, so it may have changed anything.
    follower.note_commit(10)
    assert (kept.find(mine), kept.find(others)) == (None, None)
    follower.apply(Head(10, (1, 1, 0), today()), [change(10, "1")])
    assert kept.find(mine) is None
    assert kept.find(others)
    follower.apply(Head(10, (2, 2, 0), today()), ())
    assert kept.find(others) is None


def test_answers_take_no_more_memory_than_they_may(kept: Answers, follower: Follower) -> None:
    evicted = CACHE_EVICTED._value.get()
    for letter in b"abcd":
        kept.keep(sent(bytes([letter])), answer(follower))
        kept.find(sent(b"a"))
    assert CACHE_EVICTED._value.get() - evicted == 2
    assert [bool(kept.find(sent(bytes([letter])))) for letter in b"abcd"] == [True, False, False, True]
    # One that has no room makes none.
    kept.keep(sent(b"long"), answer(follower, b"x" * 3_000))
    assert not kept.find(sent(b"long"))
    assert kept.find(sent(b"a"))
    kept.clear()
    assert (len(kept), kept.bytes) == (0, 0)


@pytest.fixture(scope="module")
def production(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> Iterator[tuple[Server, Callable[[str | None], dict[str, str]]]]:
    secret = "of this test alone, and long enough"  # noqa: S105 - it is said
    settings = settings_for(directory_url, environment="production", token_secret=secret)

    def headers(role: str | None) -> dict[str, str]:
        return {"authorization": bearer(role, token_secret=secret)} if role else {}

    with serve(create_app(settings)) as server:
        yield server, headers


def is_kept(ask: Callable[[], httpx2.Response]) -> bool:
    """Ask until it could have been kept; return whether the last answer was."""
    time.sleep(0.05)
    ask()
    before = CACHED["hit"].value
    ask()
    return bool(CACHED["hit"].value - before)


def test_each_role_gets_its_own_answer(production: Any) -> None:
    server, headers = production
    fresh: dict[str | None, Any] = {}
    for number in range(3):
        for role in (None, *sorted(ROLES)):
            answer = server.post(GUARDED, {"n": number} if number == 2 else {}, **headers(role)).json()
            answer.pop("errors", None)
            assert fresh.setdefault(role, answer) == answer
    phones = {
        role: [node["phone"] for node in answer["data"]["companies"]["nodes"]] for role, answer in fresh.items()
    }
    assert set(phones[None]) == {None}
    assert all(phones[role] == phones["VIEWER"] != phones[None] for role in ROLES)
    assert is_kept(lambda: server.post(GUARDED, **headers("VIEWER")))


@pytest.mark.parametrize(
    ("query", "role", "expected"),
    [
        (COUNT, None, True),
        (GUARDED, "PARTNER", True),
        # With errors.
        (GUARDED, None, False),
        # Seen only by who asks, and what each asking is logged of.
        ("{ viewer { subject } }", "VIEWER", False),
        ("{ dataset { npiCount: companies { value } } rateLimit { cost } }", None, False),
        ("query Me { ...Mine } fragment Mine on Query { me: viewer { roles } }", "VIEWER", False),
        (AUDITED, "ADMIN", False),
        ("{ __schema { queryType { name } } }", "ADMIN", False),
        ("{ nothing }", None, False),
    ],
)
def test_what_is_kept(production: Any, query: str, role: str | None, *, expected: bool) -> None:
    server, headers = production
    assert is_kept(lambda: server.post(query, **headers(role))) is expected


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ({"query": COUNT, "extensions": {"cost": True}}, {}),
        ({"query": COUNT, "padding": "x" * 9_000}, {}),
        ({"query": COUNT}, {"graphql-explain": "1"}),
        ({"query": COUNT}, {"cost-dry-run": "true"}),
    ],
)
def test_what_is_told_of_one_request_alone_is_not_kept(server: Server, body: Any, more: dict[str, str]) -> None:
    sent = {"content-type": "application/json", **more}
    assert not is_kept(lambda: server.client.post("/graphql", content=json.dumps(body), headers=sent))


@pytest.mark.parametrize("more", [{"query": COUNT}, {}], ids=["text and hash", "hash alone"])
def test_an_answer_to_a_registered_document_is_kept(server: Server, more: dict[str, str]) -> None:
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(COUNT.encode()).hexdigest()}}

    def ask(**body: Any) -> httpx2.Response:
        return server.client.post("/graphql", json={**body, "extensions": persisted})

    assert ask(query=COUNT).json() == server.post(COUNT).json()
    assert is_kept(lambda: ask(**more))
    assert ask(**more).json() == server.post(COUNT).json()


def test_the_name_of_a_kept_operation_is_logged_too(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ariesone.access")
    named = "query Named { dataset { locations { value } } }"
    assert is_kept(lambda: server.post(named))
    assert [record.__dict__["graphql.operation.name"] for record in caplog.records][-1] == "Named"


def test_a_batch_is_kept_neither_as_a_whole_nor_in_parts(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, max_batch=2))) as server:
        batch = json.dumps([{"query": COUNT}, {"query": "{ viewer { subject } }"}])
        sent = {"content-type": "application/json"}
        assert not is_kept(lambda: server.client.post("/graphql", content=batch, headers=sent))


def test_nothing_is_kept_where_nothing_may_be(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, cache_seconds=0))) as server:
        assert not is_kept(lambda: server.post(COUNT))
