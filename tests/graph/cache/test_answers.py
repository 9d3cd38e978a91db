"""Kept answers: given again to the same request alone, gone when they are old or something was loaded."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from db.engine import connection_to
from graph.app import create_app
from graph.cache import answers
from graph.cache.answers import Answers, weight_of
from graph.identity.viewer import ROLES
from graph.settings import Settings
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.conftest import Server, bearer

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

NOBODY: frozenset[str] = frozenset()
COUNT = "{ dataset { companies { value } } }"
# A field for everyone, one for some and one for a single role.
GUARDED = "query Guarded { companies(first: 3) { nodes { npi phone } } }"
AUDITED = "query Audited { companies(first: 1) { nodes { npi taxId } } }"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Answers:
    found = Answers(5.0, clock)
    found.see((1, 1))
    return found


def key(body: bytes) -> answers.Key:
    return (body, NOBODY, True)


def test_an_answer_is_given_until_it_is_old(kept: Answers, clock: Clock) -> None:
    kept.keep(key(b"a"), b"A", "Name", kept.state)
    found = kept.get(key(b"a"))
    assert found is not None
    assert (found.content, found.operation) == (b"A", "Name")
    assert kept.get(key(b"b")) is None
    assert kept.get((b"a", frozenset({"VIEWER"}), False)) is None
    clock.now = 5.0
    assert kept.get(key(b"a")) is None


def test_what_was_loaded_drops_all_that_was_read_before(kept: Answers) -> None:
    before = kept.state
    kept.keep(key(b"a"), b"A", None, before)
    kept.see((1, 1))
    assert kept.get(key(b"a"))
    kept.see((2, 2))
    assert kept.get(key(b"a")) is None
    # It was read before, and is ready only now.
    kept.keep(key(b"b"), b"B", None, before)
    assert kept.get(key(b"b")) is None


def test_nothing_is_kept_before_the_first_look(clock: Clock) -> None:
    fresh = Answers(5.0, clock)
    fresh.keep(key(b"a"), b"A", None, fresh.state)
    assert fresh.get(key(b"a")) is None


def test_answers_take_no_more_memory_than_they_may(kept: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_BYTES", 3 * weight_of(key(b"a"), b"0123456789"))
    monkeypatch.setattr(answers, "MAX_ENTRY", 20)
    for letter in b"abcd":
        kept.keep(key(bytes([letter])), b"0123456789", None, kept.state)
        kept.get(key(b"a"))
    assert [bool(kept.get(key(bytes([letter])))) for letter in b"abcd"] == [True, False, True, True]
    kept.keep(key(b"long"), b"0123456789012345678901234567890", None, kept.state)
    assert kept.get(key(b"long")) is None
    kept.see("news")
    assert kept._bytes == 0


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
    before = EXECUTIONS["kept"]._value.get()
    ask()
    return bool(EXECUTIONS["kept"]._value.get() - before)


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


async def test_a_load_is_seen_within_two_seconds(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str
) -> None:
    question = "{ companies(first: 1, orderBy: [{ field: NPI }]) { nodes { name } } }"

    def name() -> str:
        answer = server.post(question).json()
        return str(answer["data"]["companies"]["nodes"][0]["name"])

    with serve(create_app(settings_for(sample_copy, answer_cache_seconds=600))) as server:
        assert is_kept(lambda: server.post(question))
        async with connection_to(sample_copy) as connection, connection.transaction():
            await connection.execute(
                "UPDATE companies SET name = 'Renamed' WHERE npi = (SELECT min(npi) FROM companies)"
            )
            await connection.execute(
                "INSERT INTO loads (file_kind, file_name, source, is_full, counts)"
                " VALUES ('COMPANIES', 'a', 'NPPES', false, '{}')"
            )
        started = time.monotonic()
        while await asyncio.to_thread(name) != "Renamed":
            assert time.monotonic() - started < 30
            await asyncio.sleep(0.02)


def test_nothing_is_kept_where_nothing_may_be(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, answer_cache_seconds=0))) as server:
        assert not is_kept(lambda: server.post(COUNT))
