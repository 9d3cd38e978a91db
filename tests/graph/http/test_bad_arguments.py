"""Arguments that can't be: each is a coded error over HTTP, never a 500, never a row too many."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

# ruff: noqa: E501 - tables keep a case on a line

import base64
import json
import re
from typing import Any

import pytest

from tests.graph.conftest import bearer

NPI = "2999999909"
PAGE = "query($after: String, $before: String, $filter: CompanyFilter, $orderBy: [CompanyOrder!]) {{ companies({} after: $after, before: $before, filter: $filter, orderBy: $orderBy) {{ pageInfo {{ endCursor }} edges {{ cursor node {{ npi }} }} }} }}"
COMPANIES = PAGE.format("")
FORWARDS = PAGE.format("first: 2,")
LOCATIONS = """
query($after: String, $filter: LocationFilter, $near: NearInput, $orderBy: LocationOrder) {
  locations(first: 2, after: $after, filter: $filter, near: $near, orderBy: $orderBy) {
    pageInfo { endCursor } nodes { id }
  }
}
"""
OWN = "query($npi: NPI!, $after: String) { company(npi: $npi) { locations(first: 2, after: $after) { pageInfo { endCursor } nodes { id } } } }"

# A filter that holds too much is refused by name, one that holds far too much before it is read.
TOO_MUCH = {"BAD_USER_INPUT", "COST_LIMIT_EXCEEDED"}
DIFFERENT_WORDS = " ".join(f"word{number}" for number in range(32))

CLIENT_CODES = {
    "BAD_USER_INPUT",
    "INVALID_CURSOR",
    "NOT_FOUND",
    "GRAPHQL_VALIDATION_FAILED",
    "GRAPHQL_PARSE_FAILED",
    "BAD_REQUEST",
    "DEPTH_LIMIT_EXCEEDED",
    "COST_LIMIT_EXCEEDED",
}


def refusal(response: Any) -> dict[str, Any]:
    """Return the one error of an answer without data."""
    answer = response.json()
    assert response.status_code < 500
    assert not any((answer.get("data") or {}).values())
    [error] = answer["errors"]
    assert error["extensions"]["code"] in CLIENT_CODES
    assert "Traceback" not in response.text
    return dict(error)


def code(response: Any) -> str:
    return str(refusal(response)["extensions"]["code"])


def test_a_value_that_cannot_be_is_422_with_its_field(server: Any) -> None:
    query = "query ($first: Int) { companies(first: $first) { nodes { npi } } }"
    for variables, status, field in (({"first": -1}, 200, "first"), ({"first": "ten"}, 400, "first")):
        response = server.post(query, variables, accept="application/graphql-response+json")
        extensions = refusal(response)["extensions"]
        assert (response.status_code, extensions["status"], extensions["code"]) == (status, 422, "BAD_USER_INPUT")
        assert [each["field"] for each in extensions["details"]] == [field]


# ---- inline


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('{ company(npi: "1234567890") { npi } }', "BAD_USER_INPUT"),
        ('{ company(npi: "0000000006") { npi } }', "BAD_USER_INPUT"),
        ('{ company(npi: "１２３４５６７８９３") { npi } }', "BAD_USER_INPUT"),
        ('{ company(npi: "1234567893\\u0000") { npi } }', "BAD_USER_INPUT"),
        ("{ company(npi: 1234567893) { npi } }", "BAD_USER_INPUT"),
        ("{ company(npi: true) { npi } }", "BAD_USER_INPUT"),
        ('{ companiesByNpi(npis: ["1234567893", "123"]) { npi } }', "BAD_USER_INPUT"),
        ("{ company { npi } }", "BAD_USER_INPUT"),
        ('{ company(id: "company:2999999909", npi: "2999999909") { npi } }', "BAD_USER_INPUT"),
        ('{ company(id: "company:2999999990") { npi } }', "NOT_FOUND"),
        ('{ company(id: "location:00000000-0000-4000-8000-000000000001") { npi } }', "BAD_USER_INPUT"),
        ('{ company(id: "") { npi } }', "BAD_USER_INPUT"),
        ("{ company(id: 7) { npi } }", "BAD_USER_INPUT"),
        ('{ node(id: "company:29999999090") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "company:2999999909\\n") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "company:２９９９９９９９０９") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "Q29tcGFueToxMjM0NTY3ODkz") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "location:00000000-0000-4000-8000-0000000000ff") { id } }', "NOT_FOUND"),
        ('{ node(id: "location:00000000-0000-4000-8000-00000000000G") { id } }', "BAD_USER_INPUT"),
        ('{ location(id: "company:2999999909") { id } }', "BAD_USER_INPUT"),
        ('{ location(id: "location:\\u0000") { id } }', "BAD_USER_INPUT"),
        ("{ companies(first: -1) { nodes { npi } } }", "BAD_USER_INPUT"),
        ("{ companies(first: 201) { nodes { npi } } }", "BAD_USER_INPUT"),
        ("{ companies(last: -1) { nodes { npi } } }", "BAD_USER_INPUT"),
        ("{ companies(last: 201) { nodes { npi } } }", "BAD_USER_INPUT"),
        ("{ companies(first: 2147483647) { nodes { npi } } }", "BAD_USER_INPUT"),
        ("{ companies(first: 2147483648) { nodes { npi } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ companies(first: 1.5) { nodes { npi } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ companies(first: "2") { nodes { npi } } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ companies(first: 1, last: 1) { nodes { npi } } }", "BAD_USER_INPUT"),
        ('{ companies(first: 1, before: "x") { nodes { npi } } }', "BAD_USER_INPUT"),
        ('{ companies(last: 1, after: "x") { nodes { npi } } }', "BAD_USER_INPUT"),
        ('{ companies(after: "x", before: "x") { nodes { npi } } }', "BAD_USER_INPUT"),
        ('{ companies(after: "") { nodes { npi } } }', "INVALID_CURSOR"),
        ('{ companies(after: "\\u0000") { nodes { npi } } }', "INVALID_CURSOR"),
        ('{ companies(after: "é") { nodes { npi } } }', "INVALID_CURSOR"),
        ('{ companies(before: "!!!") { nodes { npi } } }', "INVALID_CURSOR"),
        ("{ companies(orderBy: [{field: NAME}, {field: NAME, direction: DESC}]) { nodes { npi } } }", "BAD_USER_INPUT"),
        ("{ companies(orderBy: {field: TAX_ID}) { nodes { npi } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ locations(orderBy: {field: DISTANCE}) { nodes { id } } }", "BAD_USER_INPUT"),
        ('{ companies(filter: {name: {contains: "ab"}}) { nodes { npi } } }', "BAD_USER_INPUT"),
        ("{ companies(filter: {name: {contains: \"a'''b\"}}) { nodes { npi } } }", "BAD_USER_INPUT"),
        (f'{{ companies(filter: {{search: "{DIFFERENT_WORDS} and"}}) {{ nodes {{ npi }} }} }}', "BAD_USER_INPUT"),
        ('{ companies(filter: {taxonomyCode: ["332-B"]}) { nodes { npi } } }', "BAD_USER_INPUT"),
        ('{ companies(filter: {taxonomyCode: [""]}) { nodes { npi } } }', "BAD_USER_INPUT"),
        ("{ companies(filter: {taxonomyPrefix: [\"33' | 'A\"]}) { nodes { npi } } }", "BAD_USER_INPUT"),
        ('{ companies(filter: {npi: ["123"]}) { nodes { npi } } }', "BAD_USER_INPUT"),
        ('{ companies(filter: {nppesUpdatedOn: {from: "2024-02-30"}}) { nodes { npi } } }', "BAD_USER_INPUT"),
        ('{ companies(filter: {nppesUpdatedOn: {from: "yesterday"}}) { nodes { npi } } }', "BAD_USER_INPUT"),
        ("{ companies(filter: {isActive: 1}) { nodes { npi } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ companies(filter: {tax: 1}) { nodes { npi } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ locations(near: {}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(near: {latitude: 30}) { nodes { id } } }", "BAD_USER_INPUT"),
        ('{ locations(near: {latitude: 30, longitude: 1, postalCode: "78701"}) { nodes { id } } }', "BAD_USER_INPUT"),
        ("{ locations(near: {latitude: 90.01, longitude: 1}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(near: {latitude: 1, longitude: -180.01}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(near: {latitude: 1e309, longitude: 1}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(near: {latitude: NaN, longitude: 1}) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ locations(near: {postalCode: "78701", radius: 0}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: "78701", radius: -5}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: "78701", radius: 100.1}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: "78701", radius: 162, unit: KILOMETER}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: "00000"}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: "7870"}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: ""}) { nodes { id } } }', "BAD_USER_INPUT"),
        ("{ locations(filter: {within: {north: 90.1, south: 0, east: 1, west: 0}}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(filter: {within: {north: 1, south: -90.1, east: 1, west: 0}}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(filter: {within: {north: 1, south: 0, east: 180.1, west: 0}}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(filter: {within: {north: 1, south: 0, east: 1, west: -1e309}}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(filter: {within: {north: 1, south: 2, east: 1, west: 0}}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ locations(filter: {within: {north: 1, south: 0, east: 1, west: null}}) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ locations(near: {postalCode: "77002\\u0000"}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: "77002and more"}) { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ locations(near: {postalCode: "７７００２"}) { nodes { id } } }', "BAD_USER_INPUT"),
    ],
)  # fmt: skip
def test_an_argument_that_cannot_be_is_a_coded_error(server: Any, query: str, expected: str) -> None:
    assert code(server.post(query)) == expected


TEXT_ARGUMENTS = {
    "companies": [
        {"search": "#"}, {"name": {"eq": "#"}}, {"name": {"in": ["#"]}}, {"name": {"startsWith": "#"}},
        {"name": {"contains": "#abc"}}, {"parentName": ["#"]}, {"city": ["#"]}, {"state": ["#"]}, {"postalCode": ["#"]},
        {"taxonomyCode": ["#"]}, {"taxonomyPrefix": ["#"]}, {"hasLocation": {"city": ["#"]}},
        {"not": {"or": [{"search": "#"}]}},
    ],
    "locations": [{"city": ["#"]}, {"state": ["#"]}, {"postalCode": ["#"]}, {"company": {"search": "#"}}],
}  # fmt: skip
TEXTS = [(field, json.dumps(filter_)) for field, filters in TEXT_ARGUMENTS.items() for filter_ in filters]


@pytest.mark.parametrize(("field", "filter_"), TEXTS)
@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\udc00\ud800"])
def test_nul_and_half_surrogates_are_refused_in_every_text(
    server: Any, field: str, filter_: str, escape: str
) -> None:
    query = COMPANIES if field == "companies" else LOCATIONS
    filled = json.dumps({"query": query, "variables": {"filter": "#"}}).replace('"#"', filter_)
    response = server.client.post(
        "/graphql", content=filled.replace("#", escape), headers={"content-type": "application/json"}
    )
    # JSON that is no Unicode text is unreadable as a whole.
    assert code(response) == ("BAD_USER_INPUT" if escape == r"\u0000" else "BAD_REQUEST")


@pytest.mark.parametrize("escape", [r"\ud800", r"\u{d800}", r"\u{110000}"])
def test_half_surrogates_in_a_document_are_a_parse_error(server: Any, escape: str) -> None:
    query = f'{{ companies(filter: {{search: "{escape}"}}) {{ nodes {{ npi }} }} }}'
    assert code(server.post(query)) == "GRAPHQL_PARSE_FAILED"


# ---- variables


@pytest.mark.parametrize("raw", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(server: Any, raw: str) -> None:
    body = json.dumps({"query": LOCATIONS, "variables": {"near": {"latitude": 1, "longitude": "#"}}})
    response = server.client.post(
        "/graphql", content=body.replace('"#"', raw), headers={"content-type": "application/json"}
    )
    assert code(response) == "BAD_REQUEST"


@pytest.mark.parametrize("raw", ["1e309", "1e999999", "123456789012345678901234567890"])
def test_numbers_out_of_range_are_refused(server: Any, raw: str) -> None:
    for variables in (
        {"near": {"latitude": 1, "longitude": "#"}},
        {"near": {"postalCode": "77002", "radius": "#"}},
    ):
        body = json.dumps({"query": LOCATIONS, "variables": variables}).replace('"#"', raw)
        response = server.client.post("/graphql", content=body, headers={"content-type": "application/json"})
        assert code(response) in {"BAD_USER_INPUT", "BAD_REQUEST", "COST_LIMIT_EXCEEDED"}


@pytest.mark.parametrize("size", [-1, 201, 2**31, 2**63, 10**30, 1.5, "2", True, [1], {}])
def test_a_size_out_of_range_in_a_variable(server: Any, size: object) -> None:
    query = "query($first: Int) { companies(first: $first) { nodes { npi } } }"
    assert code(server.post(query, {"first": size})) in {"BAD_USER_INPUT", "BAD_REQUEST", "COST_LIMIT_EXCEEDED"}


def test_a_size_out_of_range_under_a_company_is_that_field_s_error(server: Any) -> None:
    query = '{ company(npi: "2999999909") { npi locations(first: 201) { nodes { id } } } }'
    answer = server.post(query).json()
    assert answer["data"] == {"company": None}
    assert answer["errors"][0]["path"] == ["company", "locations"]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["errors"][0]["extensions"]["details"][0]["field"] == "first"


@pytest.mark.parametrize(("field", "type_"), [("companiesByNpi", "[NPI!]!"), ("verifyNpis", "[String!]!")])
def test_too_many_numbers(server: Any, field: str, type_: str) -> None:
    query = f"query($npis: {type_}) {{ {field}(npis: $npis) {{ __typename }} }}"
    partner = {"authorization": bearer("PARTNER")}
    assert len(server.post(query, {"npis": [NPI] * 1000}, **partner).json()["data"][field]) == 1000
    assert code(server.post(query, {"npis": [NPI] * 1001}, **partner)) == "BAD_USER_INPUT"


def test_numbers_of_a_list_are_counted_and_guarded_like_npis(server: Any) -> None:
    query = "query($n: [NPI!], $t: [String!]) { companiesByNpi(npis: $n, numbers: $t) { npi } }"
    partner = {"authorization": bearer("PARTNER")}
    found = server.post(query, {"t": [NPI, "1"] * 500}, **partner).json()
    assert found["data"]["companiesByNpi"] == [{"npi": NPI}, None] * 500
    # As with `nodes`, five errors of a field are told.
    assert [error["path"] for error in found["errors"]] == [["companiesByNpi", place] for place in (1, 3, 5, 7, 9)]
    assert code(server.post(query, {"t": [NPI] * 1001}, **partner)) == "BAD_USER_INPUT"
    [error] = server.post(query, {"t": [NPI] * 101}).json()["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["companiesByNpi"], "FORBIDDEN")
    for variables in ({}, {"n": None, "t": None}, {"n": [NPI], "t": [NPI]}):
        error = refusal(server.post(query, variables))
        assert error["message"] == "Give either npis or numbers."


@pytest.mark.parametrize("sent", ["", "332B", "332B00000X5", "332B0000 X", "３３２B00000X", "332B00000\u0000"])
def test_what_is_no_taxonomy_code(server: Any, sent: str) -> None:
    error = refusal(server.post("query($code: String!) { taxonomy(code: $code) { name } }", {"code": sent}))
    assert error["message"] == "A taxonomy code has ten letters and digits, as 332B00000X has."


def test_taxonomies_are_searched_for_by_any_text(server: Any) -> None:
    query = "query($s: String, $g: String) { taxonomies(search: $s, grouping: $g) { nodes { code } } }"
    every = server.post(query).json()["data"]["taxonomies"]["nodes"]
    assert len(every) == 6
    for blank in (None, "", " ", "!?"):
        assert server.post(query, {"s": blank}).json()["data"]["taxonomies"]["nodes"] == every
    for sent in ("'", "a & b", "x:*", "\\", "it's | (", "\u200b", "é" * 500):
        assert server.post(query, {"s": sent, "g": sent}).status_code == 200
    assert code(server.post(query, {"s": " ".join(f"w{number}" for number in range(33))})) == "BAD_USER_INPUT"
    assert code(server.post(query, {"s": "a\u0000"})) == "BAD_USER_INPUT"
    assert code(server.post(query, {"g": "x" * 501})) == "BAD_USER_INPUT"


def test_too_many_ids(server: Any) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [f"company:{NPI}"] * 1001
    assert code(server.post(query, {"ids": ids}, authorization=bearer("PARTNER"))) == "BAD_USER_INPUT"


def nested(depth: int, key: str = "not") -> dict[str, Any]:
    return {key: nested(depth - 1, key)} if depth else {"isActive": True}


@pytest.mark.parametrize("depth", [6, 50, 200])
def test_a_filter_that_is_nested_too_deep(server: Any, depth: int) -> None:
    assert "errors" not in server.post(FORWARDS, {"filter": nested(5)}).json()
    assert code(server.post(FORWARDS, {"filter": nested(depth)})) in TOO_MUCH


@pytest.mark.parametrize("key", ["and", "or"])
def test_lists_nested_too_deep(server: Any, key: str) -> None:
    filter_: dict[str, Any] = {"isActive": True}
    for _ in range(6):
        filter_ = {key: [filter_]}
    assert code(server.post(FORWARDS, {"filter": filter_})) == "BAD_USER_INPUT"


def test_relations_nested_too_deep(server: Any) -> None:
    filter_: dict[str, Any] = {}
    for number in range(8):
        filter_ = {"company" if number % 2 else "hasLocation": filter_}
    assert code(server.post(LOCATIONS, {"filter": filter_})) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "filter_",
    [
        {"or": [{"isActive": True}] * 51},
        {"or": [{}] * 500},
        {"and": [{"not": {}}] * 500},
        {"or": [{"or": [{}] * 40}] * 40},
        {"npi": [NPI] * 1001},
        {"city": ["a"] * 1001},
        {"name": {"in": ["a"] * 1001}},
        {"taxonomyCode": ["332B"] * 51},
        {"search": "a" * 3000},
        {"search": "é" * 1500},
        {"name": {"contains": "é" * 20_000}},
        {"name": {"startsWith": "é" * 20_000}},
        {"city": ["a" * 20_000]},
    ],
)
def test_a_filter_that_holds_too_much(server: Any, filter_: dict[str, Any]) -> None:
    assert code(server.post(FORWARDS, {"filter": filter_})) in TOO_MUCH


NO_WORDS = ("", " ", "&", "-", " – ", "\u200b", "“ ”", "...---")


def test_an_empty_or_holds_for_nothing_and_an_empty_and_for_everything(server: Any) -> None:
    for empty in (
        "npi",
        "npiStatus",
        "state",
        "city",
        "postalCode",
        "parentName",
        "taxonomyCode",
        "taxonomyPrefix",
    ):
        assert server.post(FORWARDS, {"filter": {empty: []}}).json()["data"]["companies"]["edges"] == []
        assert server.post(FORWARDS, {"filter": {"not": {empty: []}}}).json()["data"]["companies"]["edges"] != []
    nobodies: tuple[dict[str, Any], ...] = (
        {"or": []},
        {"not": {}},
        {"not": {"and": []}},
        {"hasLocation": {"or": []}},
        {"name": {"in": []}},
    )
    for nobody in nobodies:
        assert server.post(FORWARDS, {"filter": nobody}).json()["data"]["companies"]["edges"] == []
    empty_filters: tuple[dict[str, Any], ...] = (
        {"and": []},
        {"or": None},
        {"not": None},
        {"not": {"or": []}},
        {"or": [{}]},
        *({"search": text} for text in NO_WORDS),
        *({"name": {"startsWith": text}} for text in NO_WORDS),
        *({"name": {"contains": text}} for text in NO_WORDS),
    )
    for nothing in empty_filters:
        assert len(server.post(FORWARDS, {"filter": nothing}).json()["data"]["companies"]["edges"]) == 2
    assert server.post("{ companiesByNpi(npis: []) { npi } }").json() == {"data": {"companiesByNpi": []}}
    assert server.post("{ verifyNpis(npis: []) { input } }").json() == {"data": {"verifyNpis": []}}
    assert server.post("{ nodes(ids: []) { id } }").json() == {"data": {"nodes": []}}


def test_a_centre_that_is_almost_nought(server: Any) -> None:
    near = {"latitude": 1e-200, "longitude": 5e-324, "radius": 1e-300}
    assert server.post(LOCATIONS, {"near": near}).json()["data"]["locations"]["nodes"] == []


# ---- cursors


def cursor_of(server: Any, variables: dict[str, Any] | None = None) -> str:
    return str(server.post(FORWARDS, variables).json()["data"]["companies"]["pageInfo"]["endCursor"])


def edited(cursor: str, *values: object) -> str:
    """Return a cursor with the same binding and other values."""
    binding, *_ = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    return encoded([binding, *values])


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_a_cursor_is_good_for_its_own_list(server: Any) -> None:
    answer = server.post(FORWARDS, {"after": cursor_of(server)}).json()
    assert "errors" not in answer
    assert len(answer["data"]["companies"]["edges"]) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"orderBy": [{"field": "NPI"}]},
        {"orderBy": [{"field": "NAME", "direction": "DESC"}]},
        {"filter": {"isActive": True}},
        {"filter": {"isActive": False}},
        {"filter": {"state": ["TX"]}},
    ],
)
def test_a_cursor_of_another_order_or_filter(server: Any, other: dict[str, Any]) -> None:
    for mine, theirs in (({}, other), (other, {})):
        error = refusal(server.post(FORWARDS, {**theirs, "after": cursor_of(server, mine)}))
        assert error["extensions"]["code"] == "INVALID_CURSOR"
        assert error["extensions"]["details"][0]["field"] == "after"
        assert error["path"] == ["companies"]


def test_a_cursor_of_another_value_of_the_same_filter(server: Any) -> None:
    cursor = cursor_of(server, {"filter": {"state": ["TX"]}})
    assert code(server.post(FORWARDS, {"filter": {"state": ["FL"]}, "after": cursor})) == "INVALID_CURSOR"


def test_a_cursor_of_another_kind_of_list_or_of_another_company(server: Any) -> None:
    own = server.post(OWN, {"npi": NPI}).json()["data"]["company"]["locations"]["pageInfo"]["endCursor"]
    assert "errors" not in server.post(OWN, {"npi": NPI, "after": own}).json()
    assert code(server.post(OWN, {"npi": "2999999941", "after": own})) == "INVALID_CURSOR"
    assert code(server.post(LOCATIONS, {"after": own})) == "INVALID_CURSOR"
    assert code(server.post(LOCATIONS, {"after": cursor_of(server)})) == "INVALID_CURSOR"


def test_a_cursor_of_another_circle(server: Any) -> None:
    near = {"latitude": 30.0, "longitude": -97.0, "radius": 100}
    cursor = server.post(LOCATIONS, {"near": near}).json()["data"]["locations"]["pageInfo"]["endCursor"]
    assert "errors" not in server.post(LOCATIONS, {"near": near, "after": cursor}).json()
    assert code(server.post(LOCATIONS, {"near": near | {"radius": 99}, "after": cursor})) == "INVALID_CURSOR"
    assert code(server.post(LOCATIONS, {"after": cursor})) == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("a",),
        ("a", NPI, NPI),
        (1, NPI),
        ("a", 1),
        (None, NPI),
        ("a", None),
        ("a\0", NPI),
        ("a", "\0"),
        (["a"], NPI),
        ({"a": 1}, NPI),
        (True, NPI),
        ("a", "\ud800"),
    ],
)
def test_a_cursor_with_other_values(server: Any, values: tuple[object, ...]) -> None:
    assert code(server.post(FORWARDS, {"after": edited(cursor_of(server), *values)})) == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "value",
    [
        "2024-02-30T00:00:00+00:00", "2024-01-01", "2024-01-01T00:00:00", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59", "infinity", "", "now", 5,
    ],
)  # fmt: skip
def test_a_cursor_with_an_impossible_instant(server: Any, value: object) -> None:
    order = {"orderBy": [{"field": "UPDATED_AT"}]}
    cursor = edited(cursor_of(server, order), value, NPI)
    assert code(server.post(FORWARDS, {**order, "after": cursor})) == "INVALID_CURSOR"


@pytest.mark.parametrize("value", ["2024-02-30", "10000-01-01", "0000-01-01", "-infinity", "", 5, 1.5])
def test_a_cursor_with_an_impossible_day(server: Any, value: object) -> None:
    order = {"orderBy": [{"field": "ENUMERATED_ON", "direction": "DESC"}]}
    cursor = edited(cursor_of(server, order), value, NPI)
    assert code(server.post(FORWARDS, {**order, "after": cursor})) == "INVALID_CURSOR"


@pytest.mark.parametrize("rank", [-32769, 32768, 2**63, 0.5, "0", True, None])
@pytest.mark.parametrize("id_", ["00000000-0000-4000-8000-000000000001"])
def test_a_cursor_with_an_impossible_rank(server: Any, rank: object, id_: str) -> None:
    own = server.post(OWN, {"npi": NPI}).json()["data"]["company"]["locations"]["pageInfo"]["endCursor"]
    assert code(server.post(OWN, {"npi": NPI, "after": edited(own, rank, id_)})) == "INVALID_CURSOR"


@pytest.mark.parametrize("distance", [10**400, "1", None, True, 10**18])
def test_a_cursor_with_an_impossible_distance(server: Any, distance: object) -> None:
    near = {"latitude": 30.0, "longitude": -97.0, "radius": 100}
    cursor = server.post(LOCATIONS, {"near": near}).json()["data"]["locations"]["pageInfo"]["endCursor"]
    forged = edited(cursor, distance, "00000000-0000-4000-8000-000000000001")
    assert code(server.post(LOCATIONS, {"near": near, "after": forged})) == "INVALID_CURSOR"


@pytest.mark.parametrize("content", [5, "text", None, [], {}, {"a": 1}, [[]], True, [None], "[" * 5000, 1e308])
def test_a_cursor_that_is_other_json(server: Any, content: object) -> None:
    assert code(server.post(FORWARDS, {"after": encoded(content)})) == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "cursor", ["A" * 100_000, "W" * 99_999, base64.b64encode(b"[" * 50_000).decode(), "-", "=" * 8]
)
def test_a_cursor_that_is_huge_or_no_base64(server: Any, cursor: str) -> None:
    assert code(server.post(FORWARDS, {"after": cursor})) == "INVALID_CURSOR"


def test_a_cursor_with_any_one_character_changed_never_breaks_the_server(server: Any) -> None:
    cursor = cursor_of(server)
    for place in range(len(cursor)):
        for letter in "Ax_":
            response = server.post(FORWARDS, {"after": cursor[:place] + letter + cursor[place + 1 :]})
            answer = response.json()
            assert response.status_code == 200
            assert len((answer["data"] or {"companies": {"edges": []}})["companies"]["edges"]) <= 2
            for error in answer.get("errors", ()):
                assert error["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize("depth", [250, 330, 500, 900, 1000, 1010, 1020, 20_000])
def test_variables_nested_without_end(server: Any, depth: int) -> None:
    body = json.dumps({"query": FORWARDS, "variables": {"filter": "#"}})
    deep = '{"not":' * depth + "{}" + "}" * depth
    response = server.client.post(
        "/graphql", content=body.replace('"#"', deep), headers={"content-type": "application/json"}
    )
    assert code(response) in {"BAD_USER_INPUT", "BAD_REQUEST", "COST_LIMIT_EXCEEDED"}


@pytest.mark.parametrize("depth", [90, 250, 900, 5_000])
@pytest.mark.parametrize(
    ("opened", "closed"), [("{not: ", "}"), ("{and: [", "]}"), ("[", "]")], ids=["not", "and", "list"]
)
def test_literals_nested_without_end(server: Any, depth: int, opened: str, closed: str) -> None:
    query = f"{{ companies(filter: {opened * depth}{{}}{closed * depth}) {{ nodes {{ npi }} }} }}"
    assert code(server.post(query)) in CLIENT_CODES


@pytest.mark.parametrize("depth", [90, 250, 900, 5_000])
def test_selections_nested_without_end(server: Any, depth: int) -> None:
    query = (
        "{ locations(first: 0) { nodes " + "{ company { primaryLocation " * depth + "{ id }" + "}}" * depth + "} }"
    )
    response = server.post(query)
    assert response.status_code < 500
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] in CLIENT_CODES


@pytest.mark.parametrize("state", ["Texas", "new york", " PUERTO RICO "])
def test_a_states_name_is_answered_with_its_code(server: Any, state: str) -> None:
    answer = server.post(
        "query ($s: [String!]) { companies(filter: {state: $s}) { nodes { npi } } }", {"s": [state]}
    )
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].endswith(f" for {state.strip().title()}.")


def test_blanks_round_a_number_do_not_count(server: Any) -> None:
    [npi] = [
        node["npi"]
        for node in server.post("{ companies(first: 1) { nodes { npi } } }").json()["data"]["companies"]["nodes"]
    ]
    sent = [npi, f" {npi}\t", "12 345"]
    found = server.post("query ($n: [String!]!) { verifyNpis(npis: $n) { input result } }", {"n": sent}).json()
    first, second, third = found["data"]["verifyNpis"]
    assert [first["input"], second["input"]] == sent[:2]
    assert first["result"] == second["result"] != "INVALID_FORMAT"
    assert third["result"] == "INVALID_FORMAT"


UNSEEN = [
    "\ufeff",
    "\u200b",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202c",
    "\u2060",
    "\u2066",
    "\u2069",
    "\xad",
    "\u034f",
    "\u3164",
    "\ufe0f",
    "\uffa0",
    "\U000e0020",
    "\u3000",
]


@pytest.mark.parametrize("sign", UNSEEN)
def test_what_cannot_be_seen_in_a_number_does_not_count(server: Any, sign: str) -> None:
    inside = "" if sign.isspace() else sign
    sent = f"{sign}{NPI[:4]}{inside}{NPI[4:]}{sign}"
    query = "query ($n: NPI!, $t: String!) { company(npi: $n) { npi } verifyNpis(npis: [$t]) { input result } }"
    found = server.post(query, {"n": sent, "t": sent}).json()["data"]
    assert found == {"company": {"npi": NPI}, "verifyNpis": [{"input": sent, "result": "ACTIVE"}]}
    filtered = server.post(FORWARDS, {"filter": {"npi": [sent]}}).json()["data"]["companies"]["edges"]
    assert [edge["node"]["npi"] for edge in filtered] == [NPI]


@pytest.mark.parametrize("number", [f"{NPI[:4]}-{NPI[4:]}", f"{NPI[:4]} {NPI[4:]}", f"{NPI[:4]}\xa0{NPI[4:]}"])
def test_a_blank_or_a_hyphen_in_a_number_does_count(server: Any, number: str) -> None:
    query = "query ($n: String!) { verifyNpis(npis: [$n]) { result } }"
    assert server.post(query, {"n": number}).json()["data"]["verifyNpis"] == [{"result": "INVALID_FORMAT"}]
    error = refusal(server.post("query ($n: NPI!) { company(npi: $n) { npi } }", {"n": number}))
    assert "ten digits without blanks or hyphens" in error["message"]


@pytest.mark.parametrize("number", [int(NPI), float(NPI), True, [NPI], {"npi": NPI}])
def test_a_number_that_is_no_text_is_told_so(server: Any, number: Any) -> None:
    error = refusal(server.post("query ($n: NPI!) { company(npi: $n) { npi } }", {"n": number}))
    assert error["message"].endswith('An NPI is a text: put its ten digits in quotes, as in "1234567893".')
    if isinstance(number, int) and number > 1:
        error = refusal(server.post(f"{{ company(npi: {number}) {{ npi }} }}"))
        assert error["message"].endswith('An NPI is a text: put its ten digits in quotes, as in "1234567893".')


# What JSON has, and how it must be shown.
SHOWN = [
    ("Int", "first", True, "true"),
    ("Int", "first", "2", '"2"'),
    ("Int", "first", 1.5, "1.5"),
    ("Int", "first", [None], "[null]"),
    ("CompanyFilter", "filter", {"unknown": 1}, '{"unknown": 1}'),
    (
        "CompanyFilter",
        "filter",
        {"unknown": {"a": [True]}},
        '{"unknown": {"a": [...]}}',
    ),
    ("CompanyFilter", "filter", [True, None, "it's"], '[true, null, "it\'s"]'),
    ("CompanyFilter", "filter", "x", '"x"'),
    ("CompanyFilter", "filter", False, "false"),
    ("CompanyFilter", "filter", {"isActive": "yes"}, '"yes"'),
    ("CompanyFilter", "filter", {"search": {"a": None}}, '{"a": null}'),
    ("CompanyFilter", "filter", {"npiStatus": [True]}, "true"),
    ("CompanyFilter", "filter", {"city": [None]}, "null"),
    ("[CompanyOrder!]", "orderBy", {"direction": "ASC"}, '{"direction": "ASC"}'),
    ("[CompanyOrder!]", "orderBy", [None], "null"),
    ("[CompanyOrder!]", "orderBy", {"field": None}, "null"),
]
PYTHON_WORDS = re.compile(r"\b(None|True|False)\b|\{'|\['")


@pytest.mark.parametrize(("type_", "argument", "value", "shown"), SHOWN)
def test_values_are_shown_as_json_has_them(server: Any, type_: str, argument: str, value: Any, shown: str) -> None:
    query = f"query ($x: {type_}) {{ companies({argument}: $x) {{ nodes {{ npi }} }} }}"
    error = refusal(server.post(query, {"x": value}))
    [detail] = error["extensions"]["details"]
    for message in (error["message"], detail["message"]):
        assert message.rstrip(".").endswith(shown)
        assert not PYTHON_WORDS.search(message)


def test_null_for_what_must_be_there_is_null(server: Any) -> None:
    for variables in ({"n": None}, {}):
        error = refusal(server.post("query ($n: [String!]!) { verifyNpis(npis: $n) { result } }", variables))
        assert not PYTHON_WORDS.search(error["message"])


@pytest.mark.parametrize(
    ("zip_", "meant"),
    [
        ("2115", "02115"), ("501", "00501"), ("021155", "02115"), ("21151234", "02115"), ("2115-1234", "02115"),
        ("02115-12", "02115"), ("0211512345", "02115"), (" 2115\u200b", "02115"),
    ],
)  # fmt: skip
def test_digits_that_can_be_no_zip_are_told_with_the_one_that_may_be_meant(
    server: Any, zip_: str, meant: str
) -> None:
    asked = [
        server.post(FORWARDS, {"filter": {"postalCode": [zip_]}}),
        server.post(LOCATIONS, {"filter": {"postalCode": ["78701", zip_]}}),
        server.post(LOCATIONS, {"near": {"postalCode": zip_}}),
    ]
    for answer in asked:
        error = refusal(answer)
        assert error["message"].endswith(f'Perhaps "{meant}" is meant.')
        assert error["extensions"]["details"][0]["field"].endswith("postalCode")


@pytest.mark.parametrize(
    "zip_",
    [
        "77002",
        " 77002 ",
        "\ufeff77002\xa0",
        "\u034f77002\ufe0f",
        "77002-1234",
        "770021234",
        "77002 1234",
        "77002–1234",
        "77002-",
    ],
)
def test_a_zip_is_taken_as_people_write_it(server: Any, zip_: str) -> None:
    plain = [
        server.post(LOCATIONS, variables).json()["data"]
        for variables in ({"filter": {"postalCode": ["77002"]}}, {"near": {"postalCode": "77002"}})
    ]
    assert any(answer["locations"]["nodes"] for answer in plain)
    found = [
        server.post(LOCATIONS, variables).json()["data"]
        for variables in ({"filter": {"postalCode": [zip_]}}, {"near": {"postalCode": zip_}})
    ]
    assert found == plain
