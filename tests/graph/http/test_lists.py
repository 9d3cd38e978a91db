"""A list by itself: as CSV, or a row on each line, for who would rather have that than an answer in JSON."""

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from graph.execution.flat import Table
from tests.graph.conftest import Server, bearer

CSV = "text/csv"
LINES = "application/jsonl"
NAMES = "{ companies(first: 3) { nodes { npi name } } }"


def rows_of(answer: httpx2.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == f"{CSV}; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text, newline="")))


def refused(answer: httpx2.Response, status: int) -> str:
    """The message of an answer in JSON that has an error and its status."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json; charset=utf-8")
    return str(answer.json()["errors"][0]["message"])


def test_a_list_is_a_table_with_a_line_of_names(server: Server) -> None:
    query = "{ companies(first: 3) { nodes { npi label: name primaryLocation { address { city } } } } }"
    nodes = server.post(query).json()["data"]["companies"]["nodes"]
    head, *rows = rows_of(server.post(query, accept=CSV))
    assert head == ["npi", "label", "primaryLocation.address.city"]
    assert rows == [[each["npi"], each["label"], each["primaryLocation"]["address"]["city"]] for each in nodes]


def test_edges_have_the_cursor_to_go_on_after(server: Server) -> None:
    query = "query ($after: String) { companies(first: 2, after: $after) { edges { cursor node { npi } } } }"
    first = rows_of(server.post(query, accept=CSV))
    second = rows_of(server.post(query, {"after": first[-1][0]}, accept=CSV))
    whole = rows_of(server.post("{ companies(first: 4) { nodes { npi } } }", accept=CSV))
    assert first[0] == ["cursor", "node.npi"]
    assert [row[1] for row in (*first[1:], *second[1:])] == [npi for [npi] in whole[1:]]


def test_lines_are_the_rows_as_they_are_in_json(server: Server) -> None:
    query = "{ companies(first: 3) { nodes { npi names { name } licenses { id } } } }"
    answer = server.post(query, accept=LINES)
    assert answer.headers["content-type"] == f"{LINES}; charset=utf-8"
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert rows == server.post(query).json()["data"]["companies"]["nodes"]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("{ companies(filter: {npi: []}) { nodes { npi name } } }", [["npi", "name"]]),
        ('{ companiesByNpi(npis: ["1234567893"]) { npi name } }', [["npi", "name"], ["", ""]]),
        ('{ company(npi: "1234567893") { locations { nodes { id } } } }', [["id"]]),
    ],
)
def test_what_is_not_there_leaves_its_place_empty(server: Server, query: str, rows: Any) -> None:
    assert rows_of(server.post(query, accept=CSV)) == rows


@pytest.mark.parametrize("accept", [CSV, f"{CSV}, application/json;q=0.5", f"{LINES};q=0.9, {CSV}"])
def test_a_table_is_for_who_would_rather_have_it(server: Server, accept: str) -> None:
    assert len(rows_of(server.post(NAMES, accept=accept))) == 4


@pytest.mark.parametrize("accept", ["*/*", f"{CSV}, application/json", f"{CSV};q=0.5, */*", f"{LINES}, */*"])
def test_who_takes_json_as_gladly_gets_the_answer(server: Server, accept: str) -> None:
    for _ in range(3):
        assert len(server.post(NAMES, accept=accept).json()["data"]["companies"]["nodes"]) == 3
        assert len(rows_of(server.post(NAMES, accept=CSV))) == 4


def test_a_table_comes_by_an_address_too(server: Server) -> None:
    answer = server.client.get(
        f"/graphql?query={quote(NAMES)}", headers={"accept": CSV, "accept-encoding": "gzip"}
    )
    assert len(rows_of(answer)) == 4
    assert "accept" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{ dataset { companies { value } } }", "a single list"),
        ("{ companies { nodes { npi } totalCount { value } } }", "a single list"),
        ("{ companies { nodes { npi } } locations { nodes { id } } }", "a single list"),
        ("{ __schema { types { name } } }", "a single list"),
        ("{ rateLimit(dryRun: true) { cost } }", "a single list"),
        ("{ companies { nodes { npi licenses { id } } } }", "or ask for NDJSON"),
        ("{ nodes(ids: []) { ... on Company { npi } ... on Location { id } } }", "several types"),
        ("subscription { changes { cursor } }", "A subscription is answered"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(server: Server, query: str, told: str) -> None:
    assert told in refused(server.post(query, accept=CSV, authorization=bearer("admin")), 406)


@pytest.mark.parametrize("accept", [CSV, LINES])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("{", 400),
        ("{ companies { nodes { nothing } } }", 400),
        ("{ companies(first: 2) { nodes { phone } } }", 403),
        ("{ companies(first: -1) { nodes { npi } } }", 422),
    ],
)
def test_what_fails_is_told_in_json_with_its_status(server: Server, accept: str, query: str, status: int) -> None:
    assert refused(server.post(query, accept=accept), status)


def test_nothing_that_a_spreadsheet_would_run_is_in_a_table(server: Server) -> None:
    query = "query ($npis: [String!]!) { verifyNpis(npis: $npis) { input result } }"
    given = ["=1+1", "@sum", "-2+3", '"quoted", twice', "+15125550100"]
    rows = rows_of(server.post(query, {"npis": given}, accept=CSV))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'@sum", "'-2+3", '"quoted", twice', "+15125550100"]


def test_what_is_json_stays_so_in_a_table() -> None:
    """Such as the variables of a webhook."""
    table = Table([("webhook", "variables")])
    [row] = csv.reader(
        table.lines([{"webhook": {"variables": {"npis": ["1"], "isActive": True}}}]).decode().splitlines()
    )
    assert row == ['{"npis":["1"],"isActive":true}']
