"""What operators read: open where one develops, and in production to who may read it alone."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from pydantic import SecretStr, ValidationError
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

ROOT = Path(__file__).resolve().parents[3]
SECRET = "the secret of these tests, long enough"  # noqa: S105 - it opens nothing
OPERATIONS = "what Prometheus sends, and nobody else knows"

PROFILE = "/debug/profile?kind=calls&seconds=0.01"
DOCS = ["/docs/access", "/docs/access.md", "/docs/ACCESS", "/docs/Access.md"]
FOR_OPERATORS = ["/metrics", "/health", PROFILE, *DOCS]


def bearing(*roles: str) -> str:
    claims = {"sub": "a", "exp": int(time.time()) + 600, "roles": roles}
    return f"Bearer {jwt.encode(claims, SECRET, 'HS256')}"


@pytest.fixture(scope="module")
def production(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    settings = settings_for(
        directory_url,
        environment="production",
        token_secret=SecretStr(SECRET),
        operations_token=SecretStr(OPERATIONS),
    )
    with serve(create_app(settings)) as server:
        yield server


def status(server: Server, path: str, authorization: str | None = None) -> int:
    headers = {"authorization": authorization} if authorization else {}
    return server.client.get(path, headers=headers).status_code


@pytest.mark.parametrize("path", FOR_OPERATORS)
def test_in_production_it_is_read_by_admin_and_by_who_has_the_operators_token(
    production: Server, path: str
) -> None:
    # Where file names have one case only, a page in another isn't there.
    found = 200 if path.lower() == path else 404
    for authorization in (f"Bearer {OPERATIONS}", f"bearer {OPERATIONS}", bearing("ADMIN")):
        answer = production.client.get(path, headers={"authorization": authorization})
        assert answer.status_code in {200, found}
        assert answer.headers.get("cache-control") == "no-store" or answer.status_code == 404
    refused = production.client.get(path)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json()["errors"][0]["extensions"]["reason"] == "MISSING"
    for wrong in (
        f"Bearer {OPERATIONS[:-1]}",
        f"Bearer {OPERATIONS}x",
        f"Basic {OPERATIONS}",
        "Bearer",
        OPERATIONS,
    ):
        assert status(production, path, wrong) == 401
    for roles in ((), ("VIEWER",), ("PARTNER", "EDITOR")):
        assert status(production, path, bearing(*roles)) == 403


def test_what_operators_read_hides_nothing_from_them(production: Server) -> None:
    headers = {"authorization": f"Bearer {OPERATIONS}"}
    assert "http_requests_total" in production.client.get("/metrics", headers=headers).text
    assert "taxId" in production.client.get("/docs/access", headers=headers).text
    checks = production.client.get("/health", headers=headers).json()["checks"]
    assert checks.keys() >= {"database", "migrations", "cache", "process"}


def test_in_production_probes_are_open_and_tell_little(production: Server) -> None:
    for path in ("/livez", "/readyz"):
        answer = production.client.get(path)
        assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
        assert answer.json().keys() == {"status", "timestamp"}


@pytest.mark.parametrize("path", ["/docs/troubleshooting", "/docs/tokens", "/docs"])
def test_other_pages_are_open(production: Server, path: str) -> None:
    assert status(production, path) == 200


def test_the_operators_token_opens_nothing_else(production: Server) -> None:
    answer = production.post("{ __typename }", authorization=f"Bearer {OPERATIONS}")
    assert answer.json()["errors"][0]["extensions"]["reason"] == "MALFORMED"
    assert status(production, "/docs/schema.graphql", f"Bearer {OPERATIONS}") == 401


def test_without_an_operators_token_admin_alone_reads(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    settings = settings_for(directory_url, environment="production", token_secret=SecretStr(SECRET))
    with serve(create_app(settings)) as server:
        assert status(server, "/metrics") == 401
        assert status(server, "/metrics", "Bearer") == 401
        assert status(server, "/metrics", "Bearer None") == 401
        assert status(server, "/metrics", bearing("ADMIN")) == 200


@pytest.mark.parametrize("path", ["/metrics", "/health", "/docs/access"])
def test_two_authorization_headers_open_nothing_even_where_one_is_the_secret(
    production: Server, path: str
) -> None:
    for other in ("Bearer x", f"Bearer {SECRET}"):
        headers = [("authorization", f"Bearer {SECRET}"), ("authorization", other)]
        assert production.client.get(path, headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/metrics", "/health", "/docs/access"])
def test_where_one_develops_all_is_open(server: Server, path: str) -> None:
    assert status(server, path) == 200


@pytest.mark.parametrize(
    "wrong", [{"operations_token": "short"}, {"operations_token": SECRET, "token_secret": SECRET}]
)
def test_a_token_that_can_be_guessed_or_signs_others_ends_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **wrong)


def test_prometheus_sends_the_operators_token() -> None:
    [job] = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    file = job["authorization"]["credentials_file"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    prometheus = compose["services"]["prometheus"]
    assert f'printf %s "$$OPERATIONS_TOKEN" > {file} && exec' in prometheus["entrypoint"][-1]
    given = (prometheus["environment"], compose["services"]["api"]["environment"])
    # Without a value, compose passes on what its own environment or .env has.
    assert [each["OPERATIONS_TOKEN"] for each in given] == ["${OPERATIONS_TOKEN:-}", None]
