"""A follower goes on behind any cursor, by whichever way, and hears what it would have heard without leaving."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from itertools import islice, zip_longest
from typing import Any

import httpx2
import pytest
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from starlette.types import ASGIApp
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.events.talking import PROTOCOL

PARTNER = bearer("partner")
FIELDS = "cursor kind npi locationId"
GIVEN = "($after: String, $filter: ChangeFilter)"
LISTEN = f"subscription{GIVEN} {{ changes(after: $after, filter: $filter) {{ {FIELDS} }} }}"
READ = f"query{GIVEN} {{ changes(first: 100, after: $after, filter: $filter) {{ nodes {{ {FIELDS} }} }} }}"
PLENTY = 1_000_000_000
# Seconds that an event may let wait for itself: one that doesn't come was passed over.
PATIENCE = 10.0

Variables = dict[str, Any]
Way = Callable[[Server, Variables], Iterator[Any]]


def by_reading(server: Server, variables: Variables) -> Iterator[Any]:
    while True:
        answer = server.post(READ, variables, authorization=PARTNER).json()
        nodes = answer["data"]["changes"]["nodes"]
        if not nodes:
            return
        yield from nodes
        variables = {**variables, "after": nodes[-1]["cursor"]}


def by_a_stream(server: Server, variables: Variables, **headers: str) -> Iterator[Any]:
    sent = {"accept": "text/event-stream", "authorization": PARTNER, **headers}
    body = {"query": LISTEN, "variables": variables}
    with (
        suppress(httpx2.ReadTimeout),
        server.client.stream("POST", "/graphql", json=body, headers=sent, timeout=PATIENCE) as answer,
    ):
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line.removeprefix("data: "))["data"]["changes"]


def by_a_streams_last_event(server: Server, variables: Variables) -> Iterator[Any]:
    # What the operation says counts for less.
    yield from by_a_stream(server, {**variables, "after": "0"}, **{"last-event-id": variables["after"]})


def by_a_socket(server: Server, variables: Variables) -> Iterator[Any]:
    url = str(server.client.base_url.copy_with(scheme="ws", path="/graphql"))
    with connect(url, compression=None, max_queue=None, subprotocols=[Subprotocol(PROTOCOL)]) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": PARTNER}}))
        assert json.loads(socket.recv(10))["type"] == "connection_ack"
        payload = {"query": LISTEN, "variables": variables}
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        with suppress(TimeoutError):
            while True:
                yield json.loads(socket.recv(PATIENCE))["payload"]["data"]["changes"]


WAYS: tuple[Way, ...] = (by_reading, by_a_stream, by_a_streams_last_event, by_a_socket)
FILTERS = (None, {"kinds": ["COMPANY_CREATED"]}, {"states": ["TX", "CA"]})


@pytest.fixture(scope="module")
def generous(
    directory_url: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Iterator[Server]:
    """A server whose buckets are never empty."""
    names = ("throttle_cost_token", "throttle_restore_token", "throttle_cost_bulk", "throttle_restore_bulk")
    with serve(create_app(settings_for(directory_url, **dict.fromkeys(names, PLENTY)))) as running:
        yield running


class Told:
    """A server, and all changes that there are by each filter: far too many to be shown with an example."""

    def __init__(self, server: Server, logs: list[list[Any]]) -> None:
        self.server = server
        self.logs = logs

    def __repr__(self) -> str:
        return "what is told"


@pytest.fixture(scope="module")
def told(generous: Server) -> Told:
    """All that there is to be heard."""
    found = [list(by_reading(generous, {"after": "0", "filter": each})) for each in FILTERS]
    assert all(len(each) > 50 for each in found)
    return Told(generous, found)


def parting(heard: list[Any], due: list[Any]) -> tuple[Any, Any] | None:
    """The first event that was heard in place of another one, and that; None where there is none."""
    return next((pair for pair in zip_longest(heard, due) if pair[0] != pair[1]), None)


# One that fails isn't made smaller: each gap takes as long as is waited for an event.
@examples(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    place=st.sampled_from(range(len(FILTERS))),
    number=st.integers(0, 10_000),
    hops=st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 120)), min_size=1, max_size=5),
)
def test_it_hears_each_change_once_and_in_order(
    told: Told, place: int, number: int, hops: list[tuple[Way, int]]
) -> None:
    # Any cursor, whether the filter lets its change through or not.
    start = number % int(told.logs[0][-1]["cursor"])
    rest = [each for each in told.logs[place] if int(each["cursor"]) > start]
    after = str(start)
    for way, most in hops:
        due, rest = rest[:most], rest[most:]
        listening = way(told.server, {"after": after, "filter": FILTERS[place]})
        heard = list(islice(listening, len(due)))
        listening.close()  # type: ignore[attr-defined]
        assert parting(heard, due) is None
        after = due[-1]["cursor"] if due else after
