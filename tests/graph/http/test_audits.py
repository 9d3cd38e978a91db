"""GraphQL over HTTP as the audits of the npm package graphql-http (1.23) check it, each under its id there."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.graph.conftest import Server, bearer

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
GOOD = "{ __typename }"
NAMED = "query Query { __typename }"
TYPED = "query Type($name: String!) { __type(name: $name) { name } }"

# What is no text, and what is no object.
NO_TEXTS = [{"obj": "ect"}, 0, False, ["array"]]
NO_OBJECTS = ["string", 0, False, ["array"]]

Check = Callable[[httpx2.Response], None]


@dataclass(frozen=True)
class Audit:
    """A request, and what its answer must be."""

    id: str
    checks: tuple[Check, ...]
    # A JSON body; a text is sent as it stands.
    body: Any = field(default_factory=lambda: {"query": GOOD})
    accept: str | None = None
    content_type: str | None = JSON
    # The parameters of a GET in place of a body.
    url: dict[str, str] | None = None


def status(*wanted: int | range) -> Check:
    def check(answer: httpx2.Response) -> None:
        assert any(answer.status_code in (each if isinstance(each, range) else [each]) for each in wanted)

    return check


def media(wanted: str) -> Check:
    def check(answer: httpx2.Response) -> None:
        assert wanted in answer.headers["content-type"]

    return check


def utf8(answer: httpx2.Response) -> None:
    assert answer.content.decode("utf-8")


def lacks(name: str) -> Check:
    def check(answer: httpx2.Response) -> None:
        assert name not in answer.json()

    return check


OK, BAD, CLIENT_ERROR = status(200), status(400), status(range(400, 500))
ANY_ERROR = status(range(400, 600))
NO_ERRORS, NO_DATA = lacks("errors"), lacks("data")


def both(newer: str, older: str, **named: Any) -> list[Audit]:
    """The same request under both media types; only the older one's answer is looked into."""
    return [
        Audit(newer, (OK,), accept=GRAPHQL, **named),
        Audit(older, (OK, NO_ERRORS), accept=JSON, **named),
    ]


def each_wrong(prefix: str, name: str, values: list[Any]) -> list[Audit]:
    return [
        Audit(f"{prefix}{number}", (BAD,), body={"query": GOOD, name: value})
        for number, value in enumerate(values)
    ]


AUDITS = [
    Audit("22EB", (OK, media(GRAPHQL)), accept=GRAPHQL),
    Audit("4655", (OK, media(JSON)), accept=JSON),
    Audit("47DE", (OK, media(JSON)), accept="*/*"),
    Audit("80D8", (OK, media(JSON))),
    Audit("82A3", (OK, utf8)),
    Audit(
        "BF61",
        (OK,),
        body={"query": '{ __type(name: "Run\U0001f3c3Swim\U0001f3ca") { name } }'},
        content_type=f"{JSON}; charset=utf-8",
    ),
    Audit("78D5", (OK,)),
    Audit("2C94", (OK,)),
    Audit("5A70", (OK,), url={"query": GOOD}),
    Audit("9C48", (CLIENT_ERROR,), url={"query": "mutation { __typename }"}, accept=GRAPHQL),
    Audit("9ABE", (CLIENT_ERROR,), content_type=None),
    Audit("03D4", (OK,)),
    Audit("A5BF", (BAD,), body=""),
    Audit("423L", (BAD,), body={"notquery": GOOD}, accept=GRAPHQL),
    *each_wrong("LKJ", "query", NO_TEXTS),
    *both("34A2", "13EE"),
    *each_wrong("6C0", "operationName", NO_TEXTS),
    *both("8161", "B8B3", body={"query": NAMED, "operationName": "Query"}),
    *(
        Audit(f"{prefix}{number}", (OK, NO_ERRORS), body={"query": GOOD, name: None}, accept=accept)
        for prefix, accept in (("94B", GRAPHQL), ("022", JSON))
        for number, name in enumerate(("variables", "operationName", "extensions"))
    ),
    *each_wrong("476", "variables", NO_OBJECTS),
    *both("2EA1", "28B9", body={"query": TYPED, "variables": {"name": "sometype"}}),
    *(
        Audit(id_, (OK, NO_ERRORS), url={"query": TYPED, "variables": '{"name": "sometype"}'}, accept=accept)
        for id_, accept in (("D6D5", GRAPHQL), ("6A70", JSON))
    ),
    *each_wrong("58B", "extensions", NO_OBJECTS),
    *both("428F", "1B7A", body={"query": GOOD, "extensions": {"some": "value"}}),
    Audit("B6DC", (status(range(200, 300), range(400, 600)),), body='{ "not a JSON', accept=JSON),
    Audit("BCF8", (BAD,), body='{ "not a JSON', accept=JSON),
    Audit("B7N8", (BAD,), body='{ "not a JSON', accept=GRAPHQL),
    Audit("8764", (ANY_ERROR,), body={"qeury": GOOD}, accept=GRAPHQL),
    Audit("3E3A", (BAD,), body={"qeury": GOOD}, accept=GRAPHQL),
    Audit("572B", (OK,), body={"query": "{"}, accept=JSON),
    Audit("FDE2", (OK,), body={"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}, accept=JSON),
    Audit("7B9B", (OK,), body={"query": "query ($id: ID!) { node(id: $id) { id } }"}, accept=JSON),
    Audit("865D", (ANY_ERROR,), body={"query": "{"}, accept=GRAPHQL),
    Audit("556A", (BAD,), body={"query": "{"}, accept=GRAPHQL),
    Audit("D586", (NO_DATA,), body={"query": "{"}, accept=GRAPHQL),
    Audit("51FE", (ANY_ERROR,), body={"query": "{ nothing }"}, accept=GRAPHQL),
    Audit("74FF", (BAD,), body={"query": "{ nothing }"}, accept=GRAPHQL),
    Audit("5E5B", (NO_DATA,), body={"query": "{ nothing }"}, accept=GRAPHQL),
    Audit("86EE", (BAD,), body={"query": "query ($id: ID!) { node(id: $id) { id } }"}, accept=GRAPHQL),
]


def sent(server: Server, audit: Audit) -> httpx2.Response:
    headers = {"authorization": bearer("viewer")}
    if audit.accept is not None:
        headers["accept"] = audit.accept
    if audit.url is not None:
        return server.client.get(f"/graphql?{urlencode(audit.url)}", headers=headers)
    if audit.content_type is not None:
        headers["content-type"] = audit.content_type
    content = audit.body if isinstance(audit.body, str) else json.dumps(audit.body)
    request = server.client.build_request("POST", "/graphql", content=content, headers=headers)
    if audit.accept is None:
        # The client adds one by itself.
        del request.headers["accept"]
    return server.client.send(request)


@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: audit.id)
def test_audit(server: Server, audit: Audit) -> None:
    answer = sent(server, audit)
    for check in audit.checks:
        check(answer)


def test_all_audits_are_here() -> None:
    assert len({audit.id for audit in AUDITS}) == len(AUDITS) == 61
