"""GraphQL over HTTP: media types, bodies, methods and status codes."""


# ruff: noqa: E501 - tables keep a case on a line

import json
from typing import Any
from urllib.parse import quote

import pytest

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
QUERY = "{__typename}"


def code(response: Any) -> str:
    assert "data" not in response.json()
    return str(response.json()["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON};charset=utf-8", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.5", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"text/html, {JSON.upper()}", JSON),
    ],
)
def test_the_answer_has_a_media_type_that_the_client_takes(server: Any, accept: str | None, expected: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    response = server.post(QUERY, **headers)
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"
    assert int(response.headers["content-length"]) == len(response.content)


@pytest.mark.parametrize("accept", ["text/html", f"{JSON};q=0"])
def test_nothing_acceptable_is_406_in_json(server: Any, accept: str) -> None:
    response = server.post(QUERY, accept=accept)
    assert (response.status_code, code(response)) == (406, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($first: Int!) { companies(first: $first) { nodes { npi } } }", {}, "BAD_USER_INPUT"),
    ],
)
def test_a_request_that_cannot_run_is_400_or_200_by_media_type(
    server: Any, query: str, variables: dict[str, Any], expected: str
) -> None:
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = server.post(query, variables, accept=accept)
        assert (response.status_code, code(response)) == (status, expected)


def test_errors_in_fields_are_200(server: Any) -> None:
    response = server.post("{ companies(first: -1) { nodes { npi } } }")
    assert response.status_code == 200
    assert response.json()["data"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"7", 400), (b"{}", 400), (b'{"query": 7}', 400), (b'{"query": ""}', 400),
        (b'{"query": "{__typename}", "variables": []}', 400), (b'{"query": "{__typename}", "operationName": 7}', 400),
        (b'{"query": "{__typename}", "extensions": "x"}', 400), (b"\xff\xfe", 400), (b'{"query": "\xff"}', 400),
        (b'{"query": "{__typename}", "variables": null, "operationName": null, "extensions": null, "more": 1}', 200),
        (b'{"query": "{__typename}", "operationName": ""}', 200),
    ],
)  # fmt: skip
def test_a_body_is_a_well_formed_request_or_400(server: Any, body: bytes, status: int) -> None:
    response = server.client.post("/graphql", content=body, headers={"content-type": JSON})
    assert response.status_code == status
    assert status == 200 or code(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200), ("application/json; charset=utf-8", 200), ('APPLICATION/JSON; charset="UTF-8"', 200),
        ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("application/json; charset=latin-1", 415),
        ("application/graphql", 415), ("", 415),
    ],
)  # fmt: skip
def test_a_body_is_json_in_utf8_or_415(server: Any, content_type: str, status: int) -> None:
    body = json.dumps({"query": QUERY})
    response = server.client.post("/graphql", content=body, headers={"content-type": content_type})
    assert response.status_code == status


def test_a_body_over_the_limit_is_413(server: Any) -> None:
    response = server.post(QUERY + " " * 300_000)
    assert (response.status_code, code(response)) == (413, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405(server: Any, method: str) -> None:
    response = server.client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


def test_a_get_is_answered_whoever_asks(server: Any) -> None:
    url = f"/graphql?query={quote(QUERY)}&variables=%7B%7D&operationName="
    for headers in (
        {},
        {"GraphQL-Require-Preflight": "1"},
        {"content-type": JSON},
        {"origin": "https://a.example"},
    ):
        answer = server.client.get(url, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize(
    "url", ["?query=", "?query=%ff", "?query={__typename}&variables=[]", "?query={a}&variables={", ""]
)
def test_a_url_that_cannot_be_read_is_400(server: Any, url: str) -> None:
    response = server.client.get("/graphql" + url)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("A", {"data": {"a": "Query"}}), ("B", {"data": {"b": "Query"}}), (None, None), ("C", None)],
)
def test_one_of_two_operations_runs_by_its_name_only(server: Any, name: str | None, expected: Any) -> None:
    body = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": name}
    response = server.client.post("/graphql", json=body)
    if expected:
        assert response.json() == expected
    else:
        assert (response.status_code, code(response)) == (400, "OPERATION_RESOLUTION_FAILURE")
