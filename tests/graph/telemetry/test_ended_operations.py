"""Each operation is told of by itself, however it came: alone, in a batch, for a set of variables, on a socket."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from graph.telemetry.logs import EndedRequest
from graph.telemetry.requests import telling
from tests.graph.conftest import Server, bearer
from tests.graph.events.talking import talking
from tests.graph.mutations.conftest import HOLZER, OBRIEN

COMPANY = "query Company($npi: NPI!) { company(npi: $npi) { npi } }"
WRONG = "query Wrong { nothing }"
COUNT = "query Count { dataset { companies { value } } }"
CLIENT = {"apollographql-client-name": "web-shop"}


@pytest.fixture(scope="module")
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> Iterator[Server]:
    settings = settings_for(
        directory_url,
        max_batch=9,
        max_variable_sets=9,
        max_socket_operations=2,
        metrics_operations="Company,Count",
    )
    with serve(create_app(settings)) as running:
        yield running


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[EndedRequest]]:
    """What was told, once it is as much as that."""
    found: list[EndedRequest] = []
    monkeypatch.setattr(telling, "takers", [*telling.takers, found.extend])

    def wait(count: int) -> list[EndedRequest]:
        # A client has its answer a moment earlier.
        deadline = time.monotonic() + 10
        while len(found) < count:
            assert time.monotonic() < deadline, found
            time.sleep(0.01)
        return found

    return wait


Ended = Callable[[int], list[EndedRequest]]


def named(ended: EndedRequest) -> tuple[str | None, str | None]:
    return (ended.operation.name if ended.operation else None, ended.code)


def send(server: Server, body: Any, **headers: str) -> None:
    server.client.post("/graphql", json=body, headers=headers)


def test_one_operation_is_told_with_its_request(server: Server, ended: Ended) -> None:
    token = bearer("viewer")
    send(server, {"query": COMPANY, "variables": {"npi": OBRIEN}}, authorization=token, **CLIENT)
    [told] = ended(1)
    assert told.operation is not None
    assert (told.operation.name, told.operation.label, told.operation.kind) == ("Company", "Company", "query")
    assert (told.endpoint, told.parts, told.client) == ("/graphql", 0, "web-shop")
    assert told.viewer.roles == {"VIEWER"}
    assert told.sql is not None
    assert (told.sql.statements, told.sql.rows) == (1, 1)
    assert 0 < told.sql.seconds < told.seconds
    assert told.cost > 0


def test_what_is_kept_costs_nothing_and_says_so(server: Server, ended: Ended) -> None:
    for _ in range(4):
        send(server, {"query": COUNT})
    found = ended(4)
    assert {named(each) for each in found} == {("Count", None)}
    kept = found[-1]
    assert (kept.cached, kept.cost, kept.sql) == ("hit", 0, None)


@pytest.mark.parametrize("name", ["", "x" * 65, "naïve", "tab\tbed"])
def test_a_client_has_a_short_name_of_plain_letters_or_none(server: Server, ended: Ended, name: str) -> None:
    headers = [("content-type", "application/json"), ("apollographql-client-name", name.encode("latin-1"))]
    server.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)  # type: ignore[arg-type]
    assert ended(1)[0].client is None


def test_each_operation_of_a_batch_is_told_by_itself(server: Server, ended: Ended) -> None:
    known = {"query": COMPANY, "variables": {"npi": OBRIEN}}
    send(server, [known, {"query": WRONG}, {"query": "{"}, {"query": COUNT}])
    *parts, whole = ended(5)
    # What is no operation of a valid document has no name.
    assert [named(each) for each in parts] == [
        ("Company", None),
        (None, "GRAPHQL_VALIDATION_FAILED"),
        (None, "GRAPHQL_PARSE_FAILED"),
        ("Count", None),
    ]
    assert {each.endpoint for each in parts} == {None}
    assert {each.status for each in parts} == {200}
    assert (whole.endpoint, whole.parts, named(whole)) == ("/graphql", 4, (None, "GRAPHQL_VALIDATION_FAILED"))
    assert whole.cost == sum(each.cost for each in parts)
    assert whole.sql is not None
    assert whole.sql.statements == sum(each.sql.statements for each in parts if each.sql)
    assert whole.seconds >= sum(each.seconds for each in parts)


def test_each_set_of_variables_is_told_by_itself_and_what_is_read_for_all_once(
    server: Server, ended: Ended
) -> None:
    sets = [{"npi": OBRIEN}, {"npi": "no number"}, {"npi": HOLZER}, {"npi": OBRIEN}]
    send(server, {"query": COMPANY, "variables": sets})
    *parts, whole = ended(5)
    found = Counter(named(each) for each in parts)
    assert found == {("Company", None): 3, ("Company", "BAD_USER_INPUT"): 1}
    assert (whole.parts, named(whole)) == (4, ("Company", "BAD_USER_INPUT"))
    assert whole.sql is not None
    assert whole.sql.statements == sum(each.sql.statements for each in parts if each.sql) == 1
    assert whole.cost == pytest.approx(3 * parts[-1].cost)


def test_sets_in_a_batch_are_told_by_themselves_and_their_entry_counts_for_nothing(
    server: Server, ended: Ended
) -> None:
    sets = [{"npi": OBRIEN}, {"npi": HOLZER}]
    send(server, [{"query": COMPANY, "variables": sets}, {"query": COUNT}])
    *parts, whole = ended(5)
    counted = [each for each in parts if not each.parts]
    assert Counter(named(each) for each in counted) == {("Company", None): 2, ("Count", None): 1}
    assert whole.parts == 4


async def test_an_operation_too_many_on_a_socket_is_told(server: Server, ended: Ended) -> None:
    async with talking(server, bearer("partner")) as talk:
        for id_ in ("1", "2"):
            await talk.ask("subscription { changes { cursor } }", id_=id_)
        assert await talk.is_silent()
        await talk.ask(COUNT, id_="3")
        assert (await talk.hear())["type"] == "error"
        [found] = ended(1)
        assert (found.endpoint, found.outcome, found.code) == (None, "refused", "THROTTLED")
    # Those that were running are told once the socket is closed.
    ended(3)


async def test_operations_of_a_socket_are_told_and_are_no_requests(server: Server, ended: Ended) -> None:
    async with talking(server, bearer("partner")) as talk:
        await talk.ask(COUNT, id_="1")
        assert (await talk.hear())["type"] == "next"
        assert (await talk.hear())["type"] == "complete"
        await talk.ask(WRONG, id_="2")
        assert (await talk.hear())["type"] == "error"
        await talk.ask("subscription Heard { changes { cursor } }", id_="3")
        assert await talk.is_silent()
        await talk.say("complete", "3")
        assert await talk.is_silent(0.1)
    found = ended(3)
    assert [named(each) for each in found] == [
        ("Count", None),
        (None, "GRAPHQL_VALIDATION_FAILED"),
        ("Heard", None),
    ]
    assert {each.endpoint for each in found} == {None}
    assert {each.status for each in found} == {200}
