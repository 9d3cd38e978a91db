"""A database that is lost at the commit: what is sent again with its key is done once, whatever became of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from tests.conftest import renamed
from tests.graph.conftest import Server, bearer
from tests.proxy import Proxy

pytestmark = pytest.mark.slow

NPI = "2999999909"
COMMIT = b"COMMIT"
TIMES = 100
EDITOR = bearer("EDITOR", (NPI,))

ADD = """
    mutation Add($line: String!) {
      addLocation(
        input: {npi: "2999999909", address: {line1: $line, city: "Austin", state: "TX", postalCode: "78701"}}
      ) {
        location { id version } company { version } userErrors { code }
      }
    }
"""
UPDATE = """
    mutation Update($website: String!) {
      updateCompany(input: {npi: "2999999909", website: $website}) { company { website version } }
    }
"""
CURSOR = "{ dataset { cursor } }"
CHANGES = """
    query Changes($after: String!) {
      changes(after: $after, first: 100, filter: {npis: ["2999999909"]}) {
        nodes { kind locationId fields { name new } }
      }
    }
"""


@pytest.fixture
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Any],
    sample_copy: str,
    distant_url: str,
) -> Iterator[Server]:
    """A server on a directory of its own, by way of the proxy."""
    url = renamed(distant_url, sample_copy.partition("?")[0].rpartition("/")[2])
    with serve(create_app(settings_for(url, cache_seconds=0, max_lag=60))) as running:
        yield running


def ask(server: Server, query: str, key: str | None = None, **variables: str) -> Any:
    keyed = {} if key is None else {"idempotency-key": key}
    answer = server.post(query, variables, authorization=EDITOR, **keyed)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask_until_done(server: Server, query: str, key: str, **variables: str) -> Any:
    """Send it again while PostgreSQL hasn't noticed yet that a connection is gone which holds the key."""
    deadline = time.monotonic() + 60
    while True:
        answer = ask(server, query, key, **variables)
        if "errors" not in answer:
            return answer
        assert {each["extensions"]["code"] for each in answer["errors"]} == {"IDEMPOTENCY_IN_PROGRESS"}, answer
        assert time.monotonic() < deadline
        time.sleep(0.02)


def after(server: Server, cursor: str) -> Any:
    return ask(server, CHANGES, after=cursor)["data"]["changes"]["nodes"]


def cursor_of(server: Server) -> str:
    return str(ask(server, CURSOR)["data"]["dataset"]["cursor"])


def require_unavailable(answer: Any, words: str) -> None:
    """Hold an answer to telling that the database was lost, in these words, and to claiming nothing else."""
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert error["extensions"]["retryAfterMs"] > 0
    assert words in error["message"]
    assert set(answer["data"].values()) == {None}
    assert "consistency" not in answer.get("extensions", {})


@pytest.mark.parametrize("arrives", [True, False], ids=["reply lost", "never arrived"])
def test_what_is_sent_again_with_its_key_is_done_once(
    server: Server, database_proxy: Proxy, *, arrives: bool
) -> None:
    start = cursor_of(server)
    places = []
    for number in range(TIMES):
        line, key = f"{number} Dock Rd", f"place-{number}"
        before = len(after(server, start))
        database_proxy.reset_at(COMMIT, arrives=arrives)
        lost = ask(server, ADD, key, line=line)
        database_proxy.heal()
        require_unavailable(lost, "Send it again with the same Idempotency-Key")
        assert "isn't known" in lost["errors"][0]["message"]
        assert len(after(server, start)) == before + arrives
        first = ask_until_done(server, ADD, key, line=line)
        assert first["data"]["addLocation"]["userErrors"] == []
        assert first["extensions"]["idempotency"] == {"replayed": arrives}
        again = ask(server, ADD, key, line=line)
        assert again["data"] == first["data"]
        assert again["extensions"] == {**first["extensions"], "idempotency": {"replayed": True}}
        places.append(first["data"]["addLocation"]["company"]["version"])
    found = after(server, start)
    assert [each["kind"] for each in found] == ["LOCATION_ADDED"] * TIMES
    lines = [value["new"] for each in found for value in each["fields"] if value["name"] == "line1"]
    assert lines == [f"{number} Dock Rd" for number in range(TIMES)]
    assert places == list(range(places[0], places[0] + TIMES))


def test_without_a_key_nothing_is_claimed(server: Server, database_proxy: Proxy) -> None:
    for arrives in (True, False):
        start = cursor_of(server)
        database_proxy.reset_at(COMMIT, arrives=arrives)
        lost = ask(server, ADD, line="1 Quay St" if arrives else "2 Quay St")
        database_proxy.heal()
        require_unavailable(lost, "whether the change was made isn't known. Look before you send it again")
        assert "idempotency" not in lost.get("extensions", {})
        assert len(after(server, start)) == arrives


def test_before_the_commit_it_is_known_that_nothing_was_done(server: Server, database_proxy: Proxy) -> None:
    start = cursor_of(server)
    database_proxy.reset_at(b"UPDATE companies", arrives=True)
    # A connection that knows the statement by its name doesn't send its text again: there is none yet.
    lost = ask(server, UPDATE, "site", website="https://a.example")
    database_proxy.heal()
    require_unavailable(lost, "nothing was done")
    assert after(server, start) == []
    done = ask_until_done(server, UPDATE, "site", website="https://a.example")
    assert done["data"]["updateCompany"]["company"]["website"] == "https://a.example"
    assert len(after(server, start)) == 1


def test_of_several_fields_those_before_the_loss_stay_and_none_is_done_twice(
    server: Server, database_proxy: Proxy
) -> None:
    two = """
        mutation Two {
          a: updateCompany(input: {npi: "2999999909", website: "https://a.example"}) { company { version } }
          b: updateCompany(input: {npi: "2999999909", website: "https://b.example"}) { company { version } }
        }
    """
    start = cursor_of(server)
    database_proxy.reset_at(COMMIT, arrives=True)
    lost = ask(server, two, "both")
    database_proxy.heal()
    assert lost["data"] == {"a": None, "b": None}
    assert {each["path"][0] for each in lost["errors"]} == {"a", "b"}
    assert len(after(server, start)) == 2
    again = ask_until_done(server, two, "both")
    assert again["data"] == {"a": {"company": {"version": 4}}, "b": {"company": {"version": 5}}}
    assert len(after(server, start)) == 2
