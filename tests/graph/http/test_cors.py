"""Pages of other sites: whose may ask, what they may send and read, and origins that could never match."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr, ValidationError
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http.cors import HEADERS
from graph.settings import Settings
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
PAGE = "https://a.example"
OPERATIONS = "what reads the counts, and nobody else knows"


@pytest.fixture(scope="module")
def production(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    settings = settings_for(
        directory_url,
        environment="production",
        operations_token=SecretStr(OPERATIONS),
        cors_origins="HTTPS://A.example:443",
        cors_headers="X-Mine, x-other",
    )
    with serve(create_app(settings)) as running:
        yield running


def preflight(server: Server, headers: str, origin: str = PAGE, method: str = "POST") -> httpx2.Response:
    asked = {"access-control-request-method": method, "access-control-request-headers": headers}
    return server.client.options("/graphql", headers={"origin": origin, **asked})


def test_a_named_origin_may_read_its_answer_and_is_counted_as_others_are(production: Server) -> None:
    counted = 'http_requests_total{endpoint="/graphql",method="POST",outcome="success",status="200"}'

    def count() -> float:
        headers = {"authorization": f"Bearer {OPERATIONS}"}
        lines = production.client.get("/metrics", headers=headers).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(counted))

    before = count()
    answer = production.post("{ viewer { roles } }", origin="https://a.example")
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-credentials" not in answer.headers
    refused = production.post("{ viewer { roles } }", origin="https://b.example")
    assert "access-control-allow-origin" not in refused.headers
    assert count() == before + 2


@pytest.mark.parametrize(
    "headers",
    [
        "content-type",
        "accept,authorization,content-type",
        "apollographql-client-name,apollographql-client-version,content-type",
        "apollo-require-preflight,x-apollo-operation-id,x-apollo-operation-name",
        "baggage,content-type,sentry-trace",
        "traceparent,tracestate,x-correlation-id,x-request-id",
        "newrelic,x-datadog-origin,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id",
        "cache-control,if-none-match,last-event-id,pragma,x-requested-with",
        "idempotency-key,graphql-require-preflight",
        "x-csrf-token,x-instana-l,x-instana-s,x-instana-t,x-xsrf-token",
        "x-mine, X-Other",
        ",".join(HEADERS),
    ],
)
def test_a_named_page_may_send_what_usual_tools_send_and_what_the_settings_add(
    production: Server, headers: str
) -> None:
    answer = preflight(production, headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in answer.headers
    allowed = {each.strip().lower() for each in answer.headers["access-control-allow-headers"].split(",")}
    assert {each.strip().lower() for each in headers.split(",")} <= allowed
    assert answer.headers["access-control-max-age"] == "7200"
    assert "Origin" in answer.headers["vary"]


def test_a_named_page_may_send_a_file(production: Server) -> None:
    assert preflight(production, "content-type,content-encoding", method="PUT").status_code == 200


@pytest.mark.parametrize(
    ("headers", "origin", "method", "told"),
    [
        ("x-unknown", PAGE, "POST", "the header x-unknown; CORS_HEADERS adds"),
        ("x-forwarded-for", PAGE, "POST", "the header x-forwarded-for"),
        ("content-type", "https://b.example", "POST", "CORS_ORIGINS names those"),
        ("content-type", "null", "POST", "CORS_ORIGINS names those"),
        ("content-type", PAGE, "DELETE", "GET, POST, PUT only"),
    ],
)
def test_a_refused_page_is_told_what_would_allow_it(
    production: Server, headers: str, origin: str, method: str, told: str
) -> None:
    answer = preflight(production, headers, origin, method)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert told in error["message"]
    assert answer.headers.get("access-control-allow-origin") in {None, PAGE}
    assert "access-control-allow-methods" in answer.headers


def test_a_page_of_a_public_network_is_told_that_it_is_one(production: Server) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-private-network": "true"}
    answer = production.client.options("/graphql", headers={"origin": PAGE, **asked})
    assert answer.status_code == 400
    assert "a public network" in answer.json()["errors"][0]["message"]


def test_any_header_and_any_origin_may_be_allowed(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, cors_origins="*", cors_headers="*"))) as running:
        answer = preflight(running, "x-anything")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-headers"] == "x-anything"


def test_a_page_may_read_what_it_must_know_to_try_again(production: Server) -> None:
    answer = production.post("{ __typename }", origin=PAGE)
    exposed = set(re.split(", *", answer.headers["access-control-expose-headers"]))
    assert {"retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "etag"} <= exposed


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://A.Example", "https://a.example"),
        ("https://a.example:443, http://a.example:80", "https://a.example,http://a.example"),
        ("http://localhost:3000,http://127.0.0.1:3000,http://[::1]:3000",) * 2,
        ("http://a.example:443", "http://a.example:443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("capacitor://localhost,chrome-extension://abcdefgh", "capacitor://localhost,chrome-extension://abcdefgh"),
        (" https://a.example , ", "https://a.example"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_origins_are_read_as_browsers_write_them(given: str, taken: str) -> None:
    assert settings(cors_origins=given).cors_origins == taken


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("https://a.example/", "an origin ends with its name or port; write https://a.example"),
        ("https://A.example:443/app?x", "write https://a.example"),
        ("https://a.example?", "write https://a.example"),
        ("https://a.example#top", "write https://a.example"),
        ("https://me:secret@a.example", "write https://a.example"),
        ("http://*.example.com", "http://*.example.com never matches: * stands for any origin, alone;"),
        ("https://a.example:*", "never matches"),
        ("foo", "foo is no origin; write it like https://app.example.com"),
        ("a.example", "a.example is no origin; write it like https://a.example"),
        ("localhost:3000", "localhost:3000 is no origin; write it like http://localhost:3000"),
        ("//a.example", "write it like https://a.example"),
        ("https://", "is no origin"),
        ("https://a.example https://b.example", "is no origin"),
        ("https://a.example:port", "is no origin"),
        ("https://a.example:99999", "is no origin"),
        ("null", "null is what pages without an origin send"),
        ("https://a.example,b", "b is no origin"),
    ],
)
def test_an_origin_that_can_never_match_ends_the_start(given: str, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(cors_origins=given)
    [problem] = refused.value.errors()
    assert problem["loc"] == ("cors_origins",)
    assert told in problem["msg"]


def test_what_can_be_no_header_ends_the_start() -> None:
    for given in ("x mine", "x-mine: 1", "x-mine;x-other", "é"):
        with pytest.raises(ValidationError, match="no name of a header"):
            settings(cors_headers=given)
