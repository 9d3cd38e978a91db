"""Trusted documents: manifests as tools write them, ids wherever clients put them, and files that change."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from pydantic import ValidationError
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http import trusted
from graph.http.manifests import ManifestError
from graph.parts import trusted_documents
from graph.settings import Settings
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
FORMAT = "apollo-persisted-query-manifest"

TYPENAME = "query Name { __typename }"
FIRST = "query First($first: Int!) { companies(first: $first) { nodes { npi } } }"


def hashed(algorithm: str, text: str = TYPENAME) -> str:
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


SHA256 = hashed("sha256")

OPERATION = {"id": SHA256, "name": "Name", "type": "query", "body": TYPENAME}
OWN = {"id": "name-1", "name": "Name", "type": "query", "body": TYPENAME}

# Each form, and an id that it has.
FORMS: dict[str, tuple[Any, str]] = {
    "codegen": ({hashed("sha1"): TYPENAME}, hashed("sha1")),
    "codegen, sha256": ({f"sha256:{SHA256}": TYPENAME}, f"sha256:{SHA256}"),
    "plain sha256": ({SHA256: TYPENAME}, SHA256),
    "SHA256 in capitals": ({SHA256.upper(): TYPENAME}, SHA256),
    "relay": ({hashed("md5"): TYPENAME}, hashed("md5")),
    "own ids": ({"name-1": TYPENAME}, "name-1"),
    "own ids of other letters": ({"web:Näme 1.0": TYPENAME}, "web:Näme 1.0"),
    "a word that Apollo has": ({"operations": TYPENAME}, "operations"),
    "apollo": ({"format": FORMAT, "version": 1, "operations": [OPERATION]}, SHA256),
    "apollo, own ids": ({"format": FORMAT, "version": 1, "operations": [OWN]}, "name-1"),
    "replit": ({"format": FORMAT, "version": 1, "operations": {"name-1": OWN}}, "name-1"),
    "replit without ids": (
        {"format": FORMAT, "version": 1, "operations": {SHA256: {"name": "Name", "body": TYPENAME}}},
        SHA256,
    ),
}


def wait_until(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def written(folder: Path, content: object, name: str = "manifest.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def settings_with(patterns: object, **others: Any) -> Settings:
    return Settings(_env_file=None, trusted_documents=str(patterns), **others)


@pytest.mark.parametrize("form", FORMS)
def test_a_manifest_is_taken_in_each_form(tmp_path: Path, form: str) -> None:
    content, id_ = FORMS[form]
    found = trusted_documents(settings_with(written(tmp_path, content)))
    assert found.find(id_) == TYPENAME
    assert found.has(TYPENAME)
    assert found.find("another") is None


@pytest.mark.parametrize("id_", [SHA256, f"sha256:{SHA256}", f"SHA256:{SHA256}", SHA256.upper()])
@pytest.mark.parametrize("given", [SHA256, f"sha256:{SHA256}"])
def test_a_sha256_is_found_with_and_without_its_prefix(tmp_path: Path, given: str, id_: str) -> None:
    assert trusted_documents(settings_with(written(tmp_path, {given: TYPENAME}))).find(id_) == TYPENAME


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "manifest.json can't be read as a manifest of documents: it is not JSON in UTF-8."),
        ("[", "manifest.json can't be read as a manifest of documents"),
        ("[]", "manifest.json is no manifest of documents: it must be a JSON object"),
        ('{"a": "{__typename}", "a": "{__typename}"}', 'it gives the key "a" twice'),
        ({"a": 1}, '"a" is not the text of a document'),
        ({"0" * 64: TYPENAME}, f"Name (id {'0' * 64}): the id is not the SHA-256 of its text, which is {SHA256}"),
        ({f"sha256:{hashed('sha1')}": TYPENAME}, "what stands after sha256: is no SHA-256"),
        ({"": TYPENAME}, "the id is empty"),
        ({"a": "query Bad { nothing }"}, "Bad (id a): Cannot query field 'nothing' on type 'Query'"),
        ({"a": "query {"}, "id a: Syntax Error: Expected Name, found <EOF>"),
        ({"a": ""}, "id a: Syntax Error: Unexpected <EOF>"),
        ({"format": "apollo", "version": 1, "operations": []}, f'its format is "apollo"; "{FORMAT}" is taken'),
        ({"version": 1, "operations": [OPERATION]}, f'its format is null; "{FORMAT}" is taken'),
        ({"format": FORMAT, "version": 2, "operations": []}, "its version is 2; 1 is taken"),
        ({"format": FORMAT, "version": "1", "operations": []}, 'its version is "1"; 1 is taken'),
        ({"format": FORMAT, "version": True, "operations": []}, "its version is true; 1 is taken"),
        ({"format": FORMAT, "operations": []}, "its version is null; 1 is taken"),
        ({"format": FORMAT, "version": 1}, "its operations are neither a list nor an object"),
        ({"format": FORMAT, "version": 1, "operations": 1}, "its operations are neither a list nor an object"),
        ({"format": FORMAT, "version": 1, "operations": ["a"]}, "operation 1 is no object"),
        ({"format": FORMAT, "version": 1, "operations": [{"name": "A"}]}, "operation 1 (A) has no id"),
        (
            {"format": FORMAT, "version": 1, "operations": [{"id": "a", "name": "A"}]},
            "operation 1 (A) has no body",
        ),
        ({"format": FORMAT, "version": 1, "operations": {"b": OWN}}, 'has the id "name-1" under "b"'),
        (
            {"format": FORMAT, "version": 1, "operations": [OWN, {**OWN, "body": FIRST}]},
            "has another document under this id",
        ),
    ],
)
def test_a_manifest_that_is_wrong_says_where_and_why(tmp_path: Path, content: object, told: str) -> None:
    with pytest.raises(ManifestError) as refused:
        trusted_documents(settings_with(written(tmp_path, content)))
    assert told in str(refused.value)
    assert str(tmp_path / "manifest.json") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_all_that_is_wrong_is_told_at_once_but_not_without_end(tmp_path: Path) -> None:
    written(tmp_path, {"a": "query One { one }", "b": "query Two { two }", "c": TYPENAME}, "1.json")
    written(tmp_path, {f"d{number}": "query Three { three }" for number in range(30)}, "2.json")
    with pytest.raises(ManifestError) as refused:
        trusted_documents(settings_with(tmp_path / "*.json"))
    told = str(refused.value)
    assert "1.json: One (id a): Cannot query field 'one'" in told
    assert "1.json: Two (id b): Cannot query field 'two'" in told
    assert "2.json: Three (id d0): Cannot query field 'three'" in told
    assert told.endswith("; and 12 more")


def test_a_document_over_the_server_s_limits_is_wrong(tmp_path: Path) -> None:
    path = written(tmp_path, {"deep": "query Deep { companies { nodes { locations { nodes { npi: id } } } } }"})
    with pytest.raises(ManifestError, match=r"Deep \(id deep\): .*deep"):
        trusted_documents(settings_with(path, max_depth=3))


def test_several_files_and_patterns_are_read(tmp_path: Path) -> None:
    written(tmp_path, {"a": TYPENAME}, "a.json")
    (tmp_path / "more" / "deep").mkdir(parents=True)
    written(tmp_path / "more" / "deep", {"b": FIRST}, "b.json")
    written(tmp_path, {"c": FIRST}, "[c].json")
    written(tmp_path, "\ufeff" + json.dumps({"d": FIRST}), "d.json")
    patterns = f"{tmp_path}/a.json, {tmp_path}/**/b.json,{tmp_path}/[c].json,{tmp_path}/a.json,{tmp_path}/d.json"
    found = trusted_documents(settings_with(patterns))
    assert [found.find(id_) for id_ in "abcd"] == [TYPENAME, FIRST, FIRST, FIRST]
    with pytest.raises(ManifestError, match=r"there is no file .*/none-\*\.json"):
        trusted_documents(settings_with(f"{patterns},{tmp_path}/none-*.json"))


def test_files_may_share_documents_but_not_ids(tmp_path: Path) -> None:
    written(tmp_path, {"a": TYPENAME}, "1.json")
    second = written(tmp_path, {"a": TYPENAME, "b": TYPENAME}, "2.json")
    assert trusted_documents(settings_with(tmp_path / "*.json")).find("b") == TYPENAME
    second.write_text(json.dumps({"a": FIRST}))
    with pytest.raises(ManifestError, match=r"2\.json: First \(id a\): .*1\.json has another document"):
        trusted_documents(settings_with(tmp_path / "*.json"))


@pytest.fixture(scope="module")
def strict(
    serve: Serve,
    settings_for: Callable[..., Settings],
    directory_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A server that runs documents of its manifest only."""
    manifest = {SHA256: TYPENAME, hashed("md5"): TYPENAME, "7": TYPENAME, "first": FIRST, "also": FIRST}
    manifest["web/Page 1"] = TYPENAME
    path = written(tmp_path_factory.mktemp("strict"), manifest)
    settings = settings_for(directory_url, trusted_documents=str(path), trusted_documents_mode="only")
    with serve(create_app(settings)) as server:
        yield server


def persisted(hash_: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_}}


IDS = [SHA256, f"sha256:{SHA256}", hashed("md5"), "web/Page 1"]


@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize("place", ["documentId", "doc_id", "id", "extensions", "path"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_an_id_is_found_where_a_client_puts_it(strict: Server, method: str, place: str, id_: str) -> None:
    path = f"/graphql/{quote(id_)}" if place == "path" else "/graphql"
    given: dict[str, Any] = {"extensions": persisted(id_)} if place == "extensions" else {place: id_}
    if place == "path":
        given = {}
    if method == "POST":
        answer = strict.client.post(path, json=given)
    else:
        texts = {name: each if isinstance(each, str) else json.dumps(each) for name, each in given.items()}
        answer = strict.client.get(path, params=texts)
    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})


def test_without_an_id_behind_it_the_path_is_none(strict: Server) -> None:
    assert strict.client.post("/graphql/", json={"query": TYPENAME}).status_code == 404


def test_an_id_may_be_a_number(strict: Server) -> None:
    assert strict.client.post("/graphql", json={"doc_id": 7}).json() == {"data": {"__typename": "Query"}}


def test_a_document_named_by_the_path_has_variables_and_is_never_taken_for_another(strict: Server) -> None:
    body = {"variables": {"first": 2}}
    for _ in range(3):
        first = strict.client.post("/graphql/first", json=body).json()
        assert len(first["data"]["companies"]["nodes"]) == 2
        name = strict.client.post(f"/graphql/{SHA256}", json=body).json()
        assert name == {"data": {"__typename": "Query"}}
        assert "errors" in strict.client.post("/graphql", json=body).json()
    got = strict.client.get("/graphql/first", params={"variables": json.dumps(body["variables"])})
    assert got.json() == first


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/graphql", {"documentId": "none"}, "BAD_REQUEST"),
        ("/graphql", {"documentId": f"sha256:{'0' * 64}"}, "BAD_REQUEST"),
        ("/graphql", {"id": "none"}, "BAD_REQUEST"),
        ("/graphql", {"doc_id": "none"}, "BAD_REQUEST"),
        ("/graphql/none", {}, "BAD_REQUEST"),
        ("/graphql/first", {"query": TYPENAME}, "BAD_REQUEST"),
        ("/graphql/first", {"documentId": "also"}, "BAD_REQUEST"),
        ("/graphql/first", [{"variables": {"first": 1}}], "BAD_REQUEST"),
        ("/graphql", {"extensions": persisted(SHA256), "query": FIRST}, "BAD_REQUEST"),
        ("/graphql", {"extensions": persisted("0" * 64)}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ("/graphql", {"extensions": persisted("none")}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ("/graphql", {"query": "{ dataset { __typename } }"}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ("/graphql", {"query": "{ dataset { __typename } }", "id": "first"}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ("/graphql", {"query": f"{TYPENAME} "}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ("/graphql", {}, "PERSISTED_QUERY_NOT_SUPPORTED"),
    ],
)
def test_where_only_trusted_documents_run_nothing_else_does(
    strict: Server, path: str, body: Any, code: str
) -> None:
    answer = strict.client.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == code


def test_a_trusted_text_runs_without_its_id(strict: Server) -> None:
    assert strict.client.post("/graphql", json={"query": TYPENAME}).json() == {"data": {"__typename": "Query"}}


def test_the_older_name_of_the_mode_still_works(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": TYPENAME})
    assert settings_with(path, trusted_documents_only=True).documents_mode == "only"
    assert settings_with(path).documents_mode == "off"
    for asked in ({"trusted_documents_only": True}, {"trusted_documents_mode": "report"}):
        with pytest.raises(ValidationError, match="names no manifest"):
            Settings(_env_file=None, **asked)


def test_what_is_not_trusted_can_be_told_instead_of_refused(
    serve: Serve,
    settings_for: Callable[..., Settings],
    directory_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = written(tmp_path, {"a": TYPENAME})
    settings = settings_for(
        directory_url, trusted_documents=path, trusted_documents_mode="report", cache_seconds=0
    )

    def runs(server: Server) -> float:
        text = server.client.get("/metrics").text
        return float(text.partition("\ngraphql_untrusted_documents_total ")[2].partition("\n")[0])

    with serve(create_app(settings)) as server:
        before = runs(server)
        for _ in range(3):
            assert server.post("query Other { dataset { __typename } }").json()["data"]
            assert server.post(TYPENAME).json()["data"]
            assert server.client.post("/graphql", json={"id": "a"}).json()["data"]
        assert runs(server) == before + 3
    told = [record.getMessage() for record in caplog.records if record.name == "ariesone.documents"]
    hash_ = hashed("sha256", "query Other { dataset { __typename } }")
    assert told == [f"a document was run that isn't trusted: sha256:{hash_} Other"]


def test_files_are_read_anew_and_a_broken_one_changes_nothing(
    serve: Serve,
    settings_for: Callable[..., Settings],
    directory_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(trusted, "INTERVAL", 0.05)
    caplog.set_level("INFO", "ariesone.documents")
    path = written(tmp_path, {"a": TYPENAME}, "1.json")
    settings = settings_for(
        directory_url,
        trusted_documents=f"{tmp_path}/*.json",
        trusted_documents_mode="only",
        cache_seconds=60,
    )

    def told(word: str) -> bool:
        return any(word in record.getMessage() for record in caplog.records)

    with serve(create_app(settings)) as server:

        def ask(id_: str) -> httpx2.Response:
            return server.client.post("/graphql", json={"id": id_})

        assert ask("a").json() == {"data": {"__typename": "Query"}}
        assert ask("b").status_code == 400
        # Another file.
        second = written(tmp_path, {"b": "{ dataset { __typename } }"}, "2.json")
        wait_until(lambda: ask("b").status_code == 200)
        # A document that becomes wrong, and a file that is half written: all goes on as it was.
        path.write_text(json.dumps({"a": "{ nothing }"}))
        wait_until(lambda: told("stay as they were: TRUSTED_DOCUMENTS can't be used"))
        path.write_text('{"a": "{ __ty')
        wait_until(lambda: told("1.json can't be read as a manifest"))
        assert ask("a").json() == {"data": {"__typename": "Query"}}
        # Another text under the same id: answers that were kept of the old one are gone.
        path.write_text(json.dumps({"a": "{ dataset { __typename } }"}))
        wait_until(lambda: ask("a").json() == {"data": {"dataset": {"__typename": "DatasetInfo"}}})
        # A file that goes takes its documents with it, and the last one is missed.
        second.unlink()
        wait_until(lambda: ask("b").status_code == 400)
        path.unlink()
        wait_until(lambda: told("there is no file"))
        assert ask("a").status_code == 200
    lines = [record.getMessage() for record in caplog.records if record.name == "ariesone.documents"]
    assert len([line for line in lines if "there is no file" in line]) == 1
