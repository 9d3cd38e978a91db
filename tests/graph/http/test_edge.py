"""What arrives at the socket and what goes back: statuses, headers, the one shape of error."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.types import ASGIApp

from db.engine import connection_to
from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
GRAPHQL = "application/graphql-response+json"
JSON = {"content-type": "application/json"}
TYPENAME = '{"query": "{ __typename }"}'


@pytest.fixture(scope="module")
def production(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    settings = settings_for(directory_url, environment="production", max_batch=4, cors_origins="https://a.example")
    with serve(create_app(settings)) as running:
        yield running


def code(answer: Any) -> str:
    found: str = answer.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize(
    ("method", "headers", "content", "status"),
    [
        ("PUT", JSON, TYPENAME, 405),
        ("DELETE", {}, "", 405),
        ("OPTIONS", {}, "", 405),
        ("POST", {"content-type": "text/plain"}, TYPENAME, 415),
        ("POST", {"content-type": "application/json; charset=latin-1"}, TYPENAME, 415),
        ("POST", {**JSON, "content-encoding": "gzip"}, TYPENAME, 415),
        ("POST", {"content-type": "application/x-www-form-urlencoded"}, "query={__typename}", 415),
        ("POST", {**JSON, "accept": "text/html"}, TYPENAME, 406),
        ("POST", {**JSON, "accept": "application/json;q=0"}, TYPENAME, 406),
        ("POST", JSON, '{"query": "' + "x" * 262_144 + '"}', 413),
        ("POST", {**JSON, "x-long": "a" * 66_000}, TYPENAME, 431),
        ("POST", JSON, '{"query": "{ a }", "query": "{ b }"}', 400),
        ("POST", JSON, b'{"query": "\xff"}', 400),
        ("POST", JSON, "[]", 400),
    ],
)
def test_each_refusal_has_its_status_and_the_one_shape(
    server: Server, method: str, headers: dict[str, str], content: str | bytes, status: int
) -> None:
    answer = server.client.request(method, "/graphql", headers=headers, content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"].endswith("json; charset=utf-8")
    [error] = answer.json()["errors"]
    extensions = error["extensions"]
    assert extensions["code"] == "BAD_REQUEST"
    assert extensions["status"] == status
    assert re.fullmatch("[0-9a-f]{32}", extensions["traceId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", extensions["timestamp"])
    assert extensions["help"] == "/docs/troubleshooting#bad_request"
    if status == 405:
        assert answer.headers["allow"] == "GET, POST"


def test_a_url_that_is_too_long_is_414(server: Server) -> None:
    answer = server.client.get(f"/graphql?query={'a' * 9000}")
    assert answer.status_code == 414


def test_help_leads_to_the_section_of_its_code(server: Server) -> None:
    place = server.post("{ nothing }").json()["errors"][0]["extensions"]["help"]
    path, _, section = place.partition("#")
    page = server.client.get(path)
    assert page.status_code == 200
    assert f'<h2 id="{section}">' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["access", "tokens"])
def test_a_page_is_found_by_the_name_of_its_file_as_well(server: Server, name: str) -> None:
    page = server.client.get(f"/docs/{name}.md")
    assert page.status_code == 200
    assert page.text == server.client.get(f"/docs/{name}").text


def test_all_pages_and_their_pictures_are_found_from_one(server: Server) -> None:
    pages = re.findall(r'href="(/docs/[a-z-]+)"', server.client.get("/docs").text)
    some = {"/docs/troubleshooting", "/docs/settings", "/docs/decisions", "/docs/changelog"}
    assert some <= set(pages)
    found = {path: server.client.get(path) for path in pages}
    assert {answer.status_code for answer in found.values()} == {200}
    linked = {
        target
        for answer in found.values()
        for target in re.findall(r'(?:href|src)="(/docs/[^"#]*)["#]', answer.text)
    }
    assert "/docs/pictures/graphiql.webp" in linked
    assert {path: server.client.get(path).status_code for path in linked} == dict.fromkeys(linked, 200)


@pytest.mark.parametrize(
    "path",
    ["/docs/nothing", "/docs/../README.md", "/docs/decisions/../../README", "/docs/%2e%2e%2fREADME", "/docs/.env"],
)
def test_no_other_file_is_served_as_a_page(server: Server, path: str) -> None:
    assert server.client.get(path).status_code == 404


def test_validation_lists_what_is_wrong_where(server: Server) -> None:
    answer = server.post("{ companies { nodes { nope } } nothing }")
    assert answer.status_code == 200
    body = answer.json()
    assert "data" not in body
    assert [error["extensions"]["details"][0]["field"] for error in body["errors"]] == ["nope", "nothing"]


@pytest.mark.parametrize(
    ("query", "column", "field"),
    [
        ('{ company(npi: "1234567890") { npi } }', 16, "npi"),
        ('{ companies(filter: {npi: ["1234567893", "x"]}) { nodes { npi } } }', 42, "npi"),
        ('{ companies(filter: {and: [{state: "TX"}, {npiStatus: NOPE}]}) { nodes { npi } } }', 55, "npiStatus"),
        ('{ company(npi: "1234567893", npi: "1234567893") { npi } }', 11, "npi"),
    ],
)
def test_a_wrong_literal_is_told_by_its_place(server: Server, query: str, column: int, field: str) -> None:
    error = server.post(query).json()["errors"][0]
    assert error["locations"][0] == {"line": 1, "column": column}
    assert error["extensions"]["details"][0]["field"] == field


def test_nothing_is_suggested_where_a_selection_is_missing(production: Server) -> None:
    answer = production.post("{ companies { nodes } }")
    assert answer.json()["errors"][0]["message"].endswith("must have a selection of subfields.")
    assert "mean" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "{ __typename }", "query": "{ __typename }"}',
        b'{"query": "query ($n: Int) { __typename }", "variables": {"n": 1, "n": 2}}',
        b'{"query": "{ __typename }", "q\\u0075ery": "{ __typename }"}',
        b'{"query" : "{ __typename }", "extensions": {"a": [{"b": 1, "b" : 2}]}}',
    ],
)
def test_a_key_twice_is_refused_wherever_it_stands(server: Server, body: bytes) -> None:
    answer = server.client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_body_that_looks_as_if_it_had_keys_inside_its_texts_is_taken(server: Server) -> None:
    body = {
        "query": "{ __typename }",
        "variables": {"t": '{"a":"b","a":"c"}', "u": [{"a": 1}, {"a": 2}]},
    }
    assert server.client.post("/graphql", json=body).json() == {"data": {"__typename": "Query"}}


def test_a_longer_list_of_numbers_than_everyone_may_use_is_not_had_in_pieces(server: Server) -> None:
    numbers = [str(number) for number in range(60)]
    query = "query ($n: [String!]!) { a: verifyNpis(npis: $n) { input } b: verifyNpis(npis: $n) { input } }"
    assert server.post(query, {"n": numbers[:50]}).json()["data"]["b"]
    refused = server.post(query, {"n": numbers}).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    mixed = query.replace("b: verifyNpis(npis: $n)", "b: verifyNpis(npis: [" + '"1" ' * 50 + "])")
    assert server.post(mixed, {"n": numbers}).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    filtered = "query ($n: [NPI!]) { companies(filter: {npi: $n}) { nodes { npi } } }"
    assert server.post(filtered, {"n": ["1234567893"] * 100}).json()["data"]
    assert (
        server.post(filtered, {"n": ["1234567893"] * 101}).json()["errors"][0]["extensions"]["code"]
        == "BAD_USER_INPUT"
    )


@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        ({"nppesUpdatedOn": {"from": "2001-02-30"}}, "f.nppesUpdatedOn.from", "There is no such day"),
        ({"nppesUpdatedOn": {"to": "20010203"}}, "f.nppesUpdatedOn.to", "A Date is a day such as"),
        ({"nppesUpdatedOn": {"to": 7}}, "f.nppesUpdatedOn.to", "A Date is a day such as"),
        ({"updatedAt": {"from": "2001-02-03"}}, "f.updatedAt.from", "A DateTime is an instant with its offset"),
        (
            {"updatedAt": {"to": "2001-02-03T04:05:06"}},
            "f.updatedAt.to",
            "A DateTime is an instant with its offset",
        ),
        ({"updatedAt": {"to": "2001-02-03T24:05:06Z"}}, "f.updatedAt.to", "There is no such instant"),
        ({"updatedAt": {"from": "0001-01-01T00:00:00+14:00"}}, "f.updatedAt.from", "There is no such instant"),
        ({"updatedAt": {"to": "9999-12-31T23:59:59-12:00"}}, "f.updatedAt.to", "There is no such instant"),
        ({"npi": ["1234567893", "x"]}, "f.npi[1]", "An NPI is ten digits"),
        ({"and": [{"isActive": 7}]}, "f.and[0].isActive", "Boolean cannot represent"),
    ],
)
def test_a_wrong_variable_is_told_by_its_place_in_plain_words(
    server: Server, value: Any, field: str, message: str
) -> None:
    query = "query ($f: CompanyFilter) { companies(filter: $f) { nodes { npi } } }"
    answer = server.post(query, {"f": value})
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    [detail] = error["extensions"]["details"]
    assert detail["field"] == field
    assert detail["message"].startswith(message)
    assert not re.search("isoformat|out of range|encountered", answer.text)


def test_a_caller_keeps_its_trace(server: Server) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = server.post("{", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert answer.json()["errors"][0]["extensions"]["traceId"] == trace


def test_partial_answers_keep_their_data(server: Server) -> None:
    body = server.post('{ dataset { __typename } location(id: "location:x") { id } }').json()
    assert body["data"] == {"dataset": {"__typename": "DatasetInfo"}, "location": None}
    assert code(server.post('{ location(id: "location:x") { id } }')) == "BAD_USER_INPUT"


def test_two_operations_need_a_name(server: Server) -> None:
    query = "query A { __typename } query B { dataset { __typename } }"
    assert code(server.post(query)) == "OPERATION_RESOLUTION_FAILURE"
    answer = server.client.post("/graphql", json={"query": query, "operationName": "B"})
    assert answer.json()["data"] == {"dataset": {"__typename": "DatasetInfo"}}


def test_cost_is_told_where_it_is_asked_for(server: Server) -> None:
    query = "{ companies(first: 3) { nodes { npi locations(first: 2) { nodes { id } } } } }"
    assert "extensions" not in server.post(query).json()
    answer = server.client.post("/graphql", json={"query": query, "extensions": {"cost": True}}).json()
    found = sum(1 + len(node["locations"]["nodes"]) for node in answer["data"]["companies"]["nodes"])
    assert answer["extensions"]["cost"] == {
        "requestedQueryCost": round(1 + 3 * (1.1 + 1 + 2 * 1.1), 1),
        "actualQueryCost": round(1 + 3 * 1.1 + 3 + (found - 3) * 1.1, 1),
        "maximum": 10_000,
    }


def test_in_production_the_anonymous_get_no_schema_by_either_method(production: Server) -> None:
    for query in ("{ __schema { queryType { name } } }", '{ __type(name: "Company") { name } }'):
        assert code(production.post(query)) == "FORBIDDEN"
        assert code(production.client.get("/graphql", params={"query": query})) == "FORBIDDEN"
    for got in (production.post("{ __typename }"), production.client.get("/graphql?query={__typename}")):
        assert got.json() == {"data": {"__typename": "Query"}}


def test_a_simple_body_that_any_page_can_send_is_refused_whatever_it_holds(production: Server) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = production.client.post(
            "/graphql", content=TYPENAME, headers={"content-type": media_type, "origin": "https://a.example"}
        )
        assert answer.status_code == 415


@pytest.mark.parametrize(
    "query",
    [
        "{ company { nam } }", "{ compani { npi } }", "{ companies(frist: 1) { nodes { npi } } }",
        "{ node(id: 1) { ... on Compani { npi } } }", "{ companies(orderBy: {field: NAM}) { nodes { npi } } }",
        "query ($a: Compani) { __typename }", "{ companies(filter: {nam: 1}) { nodes { npi } } }",
    ],
)  # fmt: skip
def test_no_suggestion_tells_the_anonymous_what_there_is(server: Server, query: str) -> None:
    answer = server.post(query)
    assert answer.json()["errors"]
    assert "mean" not in answer.text
    assert "name" not in answer.json()["errors"][0]["message"]


def test_a_batch_is_bounded_and_each_entry_stands_alone(production: Server) -> None:
    entries = [{"query": "{ __typename }"}, {"query": "{"}, {"variables": {}}, 7]
    answers = production.client.post("/graphql", json=entries).json()
    assert answers[0] == {"data": {"__typename": "Query"}}
    assert [answer["errors"][0]["extensions"]["code"] for answer in answers[1:]] == [
        "GRAPHQL_PARSE_FAILED",
        "BAD_REQUEST",
        "BAD_REQUEST",
    ]


@pytest.mark.parametrize(
    ("size", "most", "told"),
    [
        (1, 0, "This server takes no batches (MAX_BATCH is 0); send one request at a time."),
        (10, 0, "This server takes no batches (MAX_BATCH is 0); send one request at a time."),
        (5, 4, "The batch has 5 requests; MAX_BATCH, the most that this server takes at once, is 4."),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [("*/*", 200), (GRAPHQL, 400)])
def test_a_batch_that_is_not_taken_is_refused_entry_by_entry(
    server: Server, production: Server, size: int, most: int, told: str, accept: str, status: int
) -> None:
    asked = production if most else server
    headers = {"accept": accept}
    answer = asked.client.post("/graphql", json=[{"query": "{ __typename }"}] * size, headers=headers)
    assert answer.status_code == status
    entries = answer.json()
    assert len(entries) == size
    for entry in entries:
        [error] = entry["errors"]
        assert (error["message"], error["extensions"]["code"]) == (told, "BAD_REQUEST")


def test_a_batch_that_no_client_sends_is_refused_once(production: Server) -> None:
    for content in ("[" + "1," * 100_000 + "1]", "[]"):
        answer = production.client.post("/graphql", content=content, headers=JSON)
        assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
        assert len(answer.content) < 1_000


def test_what_goes_wrong_inside_is_masked_and_logged_once(
    serve: Serve,
    settings_for: Callable[..., Settings],
    bare_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serve(create_app(settings_for(bare_url))) as broken:
        answer = broken.post("query Broken { dataset { companies { value } } }")
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "companies" not in error["message"]
    [record] = [record for record in caplog.records if record.name == "ariesone.errors"]
    assert getattr(record, "error.id") == error["extensions"]["errorId"]
    assert getattr(record, "trace.id") == error["extensions"]["traceId"]
    assert record.exc_info
    assert "relation" not in json.dumps(answer.json())


async def test_what_fails_for_many_parents_at_once_is_logged_once(
    serve: Serve, settings_for: Callable[..., Settings], sample_copy: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with connection_to(sample_copy) as connection:
        await connection.execute("ALTER TABLE locations RENAME TO elsewhere")
    with serve(create_app(settings_for(sample_copy))) as broken:
        answer = broken.post("query Batch { companies(first: 30) { nodes { primaryLocation { id } } } }").json()
    [error] = answer["errors"]
    error_id = error["extensions"]["errorId"]
    assert error["extensions"]["count"] == 30
    [record] = [record for record in caplog.records if record.name == "ariesone.errors"]
    assert getattr(record, "error.id") == error_id
    assert getattr(record, "graphql.operation.name") == "Batch"


def test_a_field_that_is_refused_in_every_row_is_told_once(server: Server) -> None:
    answer = server.post("{ companies(first: 60) { nodes { authorizedOfficial { title } taxId } } }").json()
    assert len(answer["data"]["companies"]["nodes"]) == 60
    assert {error["path"][-1]: error["path"][:-1] for error in answer["errors"]} == {
        "authorizedOfficial": ["companies", "nodes", 0],
        "taxId": ["companies", "nodes", 0],
    }
    for error in answer["errors"]:
        assert error["extensions"]["count"] == 60
        assert error["extensions"]["requiredRoles"]
        assert "send a token with" in error["message"]
    assert "errorsOmitted" not in answer.get("extensions", {})


def test_a_field_that_is_refused_once_has_no_count(server: Server) -> None:
    [error] = server.post("{ companies(first: 1) { nodes { taxId } } }").json()["errors"]
    assert "count" not in error["extensions"]


def test_a_cut_list_of_errors_says_how_many_are_not_told(server: Server) -> None:
    fields = " ".join(f"a{number}: taxId" for number in range(9))
    answer = server.post(f"{{ companies(first: 10) {{ nodes {{ {fields} }} }} }}").json()
    assert [error["path"][-1] for error in answer["errors"]] == [f"a{number}" for number in range(5)]
    assert {error["extensions"]["count"] for error in answer["errors"]} == {10}
    assert answer["extensions"]["errorsOmitted"] == 40


def test_what_is_wrong_with_the_values_of_a_list_is_told_of_each(server: Server) -> None:
    answer = server.post('{ nodes(ids: ["x", "location:y", "x", "company:1"]) { id } }').json()
    assert [error["path"] for error in answer["errors"]] == [["nodes", number] for number in range(4)]
    assert all("count" not in error["extensions"] for error in answer["errors"])


def test_a_message_does_not_say_again_all_that_was_sent(server: Server) -> None:
    answer = server.post('{ company(npi: "' + "x" * 50_000 + '") { npi } }')
    assert len(answer.content) < 3_000


def test_at_most_five_errors_of_a_document_are_listed(server: Server) -> None:
    answer = server.post("{ " + " ".join(f"nothing{number}" for number in range(30)) + " }").json()
    assert len(answer["errors"]) == 5


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/livez", 405)])
def test_other_paths_and_methods_are_refused_in_the_same_shape(
    server: Server, method: str, path: str, status: int
) -> None:
    answer = server.client.request(method, path)
    assert answer.status_code == status
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["extensions"]["status"] == status


@pytest.mark.parametrize(
    "body",
    [
        '{"query": "{ __typename }", "query": "{ __typename }", "variables": {"a": '
        + "[" * 1000
        + "]" * 1000
        + "}}",
        '{"query": "{ a }", "\\u0071uery": "{ __typename }"}',
    ],
    ids=["nested", "escaped"],
)
def test_a_key_given_twice_is_refused_however_it_is_hidden(server: Server, body: str) -> None:
    answer = server.client.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    assert code(answer) == "BAD_REQUEST"
