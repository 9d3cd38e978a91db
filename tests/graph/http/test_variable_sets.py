"""One request with several sets of variables: an answer for each, by the draft of GraphQL over HTTP."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.mutations.conftest import HOLZER, OBRIEN

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

JSON = "application/json"
LINES = "application/jsonl"
GRAPHQL = "application/graphql-response+json"
COMPANY = "query ($npi: NPI!) { company(npi: $npi) { npi } }"
EDIT = """
    mutation($npi: NPI!, $website: String) {
      updateCompany(input: {npi: $npi, website: $website}) { company { website } userErrors { code } }
    }
"""


def send(server: Server, body: Any, **headers: str) -> httpx2.Response:
    return server.client.post("/graphql", json=body, headers=headers)


def ask(server: Server, query: str, sets: Sequence[Any], **headers: str) -> httpx2.Response:
    return send(server, {"query": query, "variables": list(sets)}, **headers)


def lines_of(answer: httpx2.Response) -> list[Any]:
    assert answer.headers["content-type"] == f"{LINES}; charset=utf-8"
    assert answer.text.endswith("\n")
    return [json.loads(line) for line in answer.text.splitlines()]


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.fixture(scope="module")
def npis(server: Server) -> list[str]:
    answer = server.post("{ companies(first: 50) { nodes { npi } } }").json()
    return [each["npi"] for each in answer["data"]["companies"]["nodes"]]


@pytest.mark.parametrize("accept", [LINES, f"{GRAPHQL}, {JSON}, {LINES};q=0.1", f"{LINES}, text/event-stream"])
def test_each_set_is_answered_on_a_line(server: Server, npis: list[str], accept: str) -> None:
    answer = ask(server, COMPANY, [{"npi": each} for each in npis], accept=accept)
    assert answer.status_code == 200
    assert lines_of(answer) == [
        {"variableIndex": place, "data": {"company": {"npi": each}}} for place, each in enumerate(npis)
    ]


@pytest.mark.parametrize(
    ("accept", "expected"), [("*/*", JSON), (GRAPHQL, GRAPHQL), (f"{JSON}, {LINES};q=0", JSON)]
)
def test_who_takes_no_lines_gets_an_array(server: Server, npis: list[str], accept: str, expected: str) -> None:
    answer = ask(server, COMPANY, [{"npi": each} for each in npis[:2]], accept=accept)
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"
    assert [each["variableIndex"] for each in answer.json()] == [0, 1]


def test_a_set_that_cannot_run_is_answered_with_its_own_error(server: Server, npis: list[str]) -> None:
    given = [{"npi": npis[0]}, {"npi": "1234567890"}, {}, {"npi": npis[1]}]
    answers = ask(server, COMPANY, given).json()
    assert [answers[place]["data"]["company"]["npi"] for place in (0, 3)] == npis[:2]
    assert [code(answers[place]) for place in (1, 2)] == ["BAD_USER_INPUT", "BAD_USER_INPUT"]
    assert all("data" not in answers[place] for place in (1, 2))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "{", "variables": [{}]}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nonsense }", "variables": [{}]}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": COMPANY, "variables": []}, "BAD_REQUEST"),
        ({"query": COMPANY, "variables": [{}, 7]}, "BAD_REQUEST"),
        ({"query": COMPANY, "variables": [{}] * 51}, "BAD_REQUEST"),
        ({"query": "subscription { changes { cursor } }", "variables": [{}]}, "BAD_REQUEST"),
        ({"query": "query @live { __typename }", "variables": [{}]}, "BAD_REQUEST"),
        (
            {"query": "query A { __typename } query B { __typename }", "variables": [{}]},
            "OPERATION_RESOLUTION_FAILURE",
        ),
    ],
)
@pytest.mark.parametrize("accept", [LINES, GRAPHQL])
def test_what_no_set_can_mend_is_refused_once(server: Server, body: Any, expected: str, accept: str) -> None:
    answer = send(server, body, accept=accept)
    assert (answer.status_code, code(answer.json())) == (400, expected)
    assert answer.headers["content-type"].startswith(JSON if accept == LINES else GRAPHQL)


def test_a_url_and_a_csv_have_no_sets(server: Server) -> None:
    url = "/graphql?query={__typename}&variables=[{}]"
    assert server.client.get(url).status_code == 400
    assert ask(server, COMPANY, [{}], accept="text/csv").status_code == 406


def test_sets_are_paid_for_together(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    limits = {"environment": "production", "throttle_cost": 1000, "throttle_restore": 1, "max_cost_anonymous": 120}
    page = "query ($first: Int!) { companies(first: $first) { nodes { npi name } } }"
    with serve(create_app(settings_for(directory_url, **limits))) as server:
        one = ask(server, page, [{"first": 20}])
        assert "errors" not in one.json()[0]
        spent = 1000 - int(one.headers["ratelimit-remaining"])
        three = ask(server, page, [{"first": 20}] * 3)
        assert "errors" not in three.json()[0]
        assert int(one.headers["ratelimit-remaining"]) - int(three.headers["ratelimit-remaining"]) in {
            3 * spent - 1, 3 * spent, 3 * spent - 2,
        }  # fmt: skip
        many = ask(server, page, [{"first": 20}] * 10)
        assert code(many.json()) == "COST_LIMIT_EXCEEDED"
        assert "Send fewer at a time" in many.text


def test_what_it_costs_is_told_of_each_set(server: Server, npis: list[str]) -> None:
    body = {"query": COMPANY, "variables": [{"npi": each} for each in npis[:2]], "extensions": {"cost": True}}
    for headers, actual in (({}, 1.1), ({"cost-dry-run": "true"}, 0.0)):
        found = [each["extensions"]["cost"] for each in send(server, body, **headers).json()]
        assert [each["actualQueryCost"] > 0 for each in found] == [actual > 0] * 2


def test_entries_of_a_batch_may_have_sets_and_say_whose_they_are(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str, npis: list[str]
) -> None:
    batch = [
        {"query": COMPANY, "variables": [{"npi": npis[0]}, {"npi": npis[1]}]},
        {"query": "{ __typename }"},
        {"query": "{", "variables": [{}]},
    ]
    with serve(create_app(settings_for(directory_url, max_batch=3))) as server:
        lines = lines_of(send(server, batch, accept=LINES))
        assert lines[:3] == [
            {"requestIndex": 0, "variableIndex": 0, "data": {"company": {"npi": npis[0]}}},
            {"requestIndex": 0, "variableIndex": 1, "data": {"company": {"npi": npis[1]}}},
            {"requestIndex": 1, "data": {"__typename": "Query"}},
        ]
        assert (lines[3]["requestIndex"], code(lines[3])) == (2, "GRAPHQL_PARSE_FAILED")
        in_array = send(server, batch).json()
        assert [each["requestIndex"] for each in in_array] == [0, 0, 1, 2]
        assert send(server, [{"query": "{ __typename }"}]).json() == [{"data": {"__typename": "Query"}}]
        refused = lines_of(send(server, [{"query": "{ __typename }"}] * 4, accept=LINES))
        assert [code(each) for each in refused] == ["BAD_REQUEST"] * 4


@pytest.fixture
def own(serve: Serve, settings_for: Callable[..., Settings], sample_copy: str) -> Iterator[Server]:
    """A server whose directory may be changed."""
    with serve(create_app(settings_for(sample_copy))) as running:
        yield running


def test_mutations_run_in_turn_and_each_once_by_one_key(own: Server) -> None:
    given = [
        {"npi": npi, "website": f"https://{place}.example"} for place, npi in enumerate((OBRIEN, HOLZER, OBRIEN))
    ]
    headers = {"authorization": bearer("admin"), "idempotency-key": "once"}
    first = ask(own, EDIT, given, **headers).json()
    assert [each["data"]["updateCompany"]["company"]["website"] for each in first] == [
        each["website"] for each in given
    ]
    cursors = [int(each["extensions"]["consistency"]["cursor"]) for each in first]
    assert cursors == sorted(set(cursors))
    again = ask(own, EDIT, given, **headers).json()
    assert [each["data"] for each in again] == [each["data"] for each in first]
    assert all(each["extensions"]["idempotency"]["replayed"] for each in again)
    other = ask(own, EDIT, given[::-1], **headers).json()
    assert [code(each) if "errors" in each else None for each in other] == [
        "IDEMPOTENCY_KEY_REUSED", None, "IDEMPOTENCY_KEY_REUSED",
    ]  # fmt: skip


def test_a_document_by_its_hash_is_run_for_sets(server: Server, npis: list[str]) -> None:
    persisted = {"version": 1, "sha256Hash": sha256(COMPANY.encode()).hexdigest()}
    body = {"variables": [{"npi": each} for each in npis[:2]], "extensions": {"persistedQuery": persisted}}
    assert code(send(server, body).json()) == "PERSISTED_QUERY_NOT_FOUND"
    registered = send(server, {**body, "query": COMPANY}).json()
    assert [each["data"]["company"]["npi"] for each in registered] == npis[:2]
    assert send(server, body).json() == registered


def test_answers_are_not_taken_for_those_of_one_set(server: Server, npis: list[str]) -> None:
    for _ in range(3):
        assert ask(server, COMPANY, [{"npi": npis[0]}]).json()[0]["variableIndex"] == 0
        assert server.post(COMPANY, {"npi": npis[0]}).json() == {"data": {"company": {"npi": npis[0]}}}
