"""Operations count under names that an operator knows, however many others clients send."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.types import ASGIApp

from graph.app import create_app
from graph.environment.forms import MOST_OPERATIONS
from graph.settings import Settings
from graph.telemetry.operations import OTHER, OperationNames
from tests.graph.conftest import Server

TRUSTED = "query OfManifest { __typename }"

# Names that a client may send, besides thousands of others.
HOSTILE = [
    *(f"Hostile{number}" for number in range(2_000)),
    "_" * 2_000,
    "OfManifest",
    "Listed2",
    "other",
]


def test_a_name_is_a_label_where_its_document_is_trusted_or_it_is_listed() -> None:
    names = OperationNames(frozenset({"Listed"}), lambda text: text == TRUSTED)
    assert names.label_of("OfManifest", TRUSTED) == "OfManifest"
    assert names.label_of("Listed", "query Listed { viewer { roles } }") == "Listed"
    # Who takes a name that is trusted isn't.
    assert names.label_of("OfManifest", "query OfManifest { viewer { roles } }") == OTHER
    assert names.label_of(None, "{ __typename }") == OTHER


def test_a_process_uses_so_many_names_and_no_more_whatever_manifests_come_and_go() -> None:
    names = OperationNames(is_trusted=lambda _: True)
    labels = {names.label_of(f"Name{number}", "") for number in range(3 * MOST_OPERATIONS)}
    assert len(labels) == MOST_OPERATIONS + 1
    assert names.label_of("Name0", "") == "Name0"
    names.renew()
    assert names.label_of("Newer", "") == OTHER


@pytest.fixture(scope="module")
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    manifest = tmp_path_factory.mktemp("manifest") / "documents.json"
    manifest.write_text(json.dumps({"page-1": TRUSTED}))
    settings = settings_for(directory_url, trusted_documents=str(manifest), metrics_operations="Listed, Listed2")
    with serve(create_app(settings)) as running:
        yield running


def labels(server: Server) -> set[str]:
    """The names that operations count under."""
    return set(re.findall(r'^graphql_operation_\w+\{.*operation="([^"]*)"', told(server), re.MULTILINE))


def told(server: Server) -> str:
    return server.client.get("/metrics").text


def count(server: Server, operation: str) -> float:
    pattern = rf'^graphql_operation_requests_total\{{operation="{operation}",outcome="success"\}} (\S+)$'
    found = re.search(pattern, told(server), re.MULTILINE)
    return float(found[1]) if found else 0


def post(server: Server, **body: Any) -> None:
    assert "errors" not in server.client.post("/graphql", json=body).json()


def test_what_is_known_counts_by_itself_also_where_it_is_kept(server: Server) -> None:
    before = count(server, "Listed"), count(server, "OfManifest")
    for _ in range(3):
        post(server, query="query Listed { dataset { companies { value } } }")
        post(server, documentId="page-1")
    assert (count(server, "Listed"), count(server, "OfManifest")) == (before[0] + 3, before[1] + 3)


def test_thousands_of_names_make_no_series(server: Server) -> None:
    post(server, query="query Any { __typename }")
    before, others = labels(server), count(server, OTHER)
    for name in HOSTILE:
        post(server, query=f"query {name} {{ name: __typename }}")
    assert labels(server) - before <= {"Listed2"}
    assert count(server, OTHER) == others + len(HOSTILE) - 1


def test_a_document_that_anybody_registered_counts_with_the_others(server: Server) -> None:
    text = "query Registered { registered: __typename }"
    hashed = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
    before = count(server, OTHER)
    post(server, query=text, extensions=hashed)
    post(server, extensions=hashed)
    assert count(server, OTHER) == before + 2
    assert "Registered" not in told(server)


def test_a_document_counts_by_name_once_a_manifest_has_it(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manifest, later = tmp_path / "documents.json", "query Later { dataset { cursor } }"
    manifest.write_text(json.dumps({"page-1": TRUSTED}))
    monkeypatch.setattr("graph.http.trusted.INTERVAL", 0.02)
    with serve(create_app(settings_for(directory_url, trusted_documents=str(manifest)))) as server:
        post(server, query=later)
        assert count(server, "Later") == 0
        manifest.write_text(json.dumps({"page-1": TRUSTED, "page-2": later}))
        deadline = time.monotonic() + 10
        while "errors" in server.client.post("/graphql", json={"documentId": "page-2"}).json():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        before = count(server, "Later")
        assert before >= 1
        post(server, query=later)
        assert count(server, "Later") == before + 1


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("A,b c", "b c is no name in GraphQL; commas stand between names"),
        ("1A", "1A is no name in GraphQL"),
        ("é", "é is no name in GraphQL"),
    ],
)
def test_a_list_that_names_no_operation_is_refused(names: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(_env_file=None, metrics_operations=names)
    too_many = ",".join(f"N{number}" for number in range(MOST_OPERATIONS + 1))
    with pytest.raises(ValidationError, match="500 are the most"):
        Settings(_env_file=None, metrics_operations=too_many)
