"""What /graphql and /graphiql/ answer: whom the page is for, how its files are kept, and who gets a token."""

import gzip
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.datastructures import Headers
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http.media import read_accept
from graph.settings import DEVELOPMENT_SECRET
from graph.site.graphiql import npm
from graph.site.graphiql.ide import POLICY, is_from_own_page
from tests.graph.conftest import Server

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
JSON = "application/json"
QUERY = "/graphql?query=%7B__typename%7D"

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("text/html;q=0.9, application/json;q=0.1", True),
        ("text/html, application/json", False),
        ("text/html;q=0.5, */*", False),
        ("text/html;q=0", False),
        ("text/html, application/graphql-response+json", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
    ],
)
def test_a_page_is_for_whoever_would_rather_have_it_than_json(accept: str, *, expected: bool) -> None:
    assert read_accept(accept.encode()).prefers_html is expected


def test_a_browser_gets_a_page_with_nothing_inline_or_foreign(page_server: Server) -> None:
    answer = page_server.client.get("/graphql", headers={"accept": BROWSER})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert "accept" in answer.headers["vary"].lower()
    assert "//" not in answer.text.replace("<!doctype html>", "")
    assert "$" not in answer.text
    assert answer.text.count("<script") == answer.text.count("></script>") == 4


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (QUERY, {"accept": JSON}, 200),
        (QUERY, {"accept": f"{BROWSER}, {JSON}"}, 200),
        ("/graphql", {"accept": "*/*"}, 400),
    ],
)
def test_other_requests_with_get_stay_as_they_are(
    page_server: Server, path: str, headers: dict[str, str], status: int
) -> None:
    answer = page_server.client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(JSON)


@pytest.mark.parametrize(
    ("settings", "is_page"),
    [
        ({}, True),
        ({"graphiql": False}, False),
        ({"environment": "production"}, False),
        ({"environment": "production", "graphiql": True}, True),
    ],
)
def test_development_has_the_page_and_production_only_on_request(
    directory_url: str, settings_for: Callable[..., Any], serve: Serve, settings: dict[str, Any], *, is_page: bool
) -> None:
    with serve(create_app(settings_for(directory_url, **settings))) as running:
        answer = running.client.get("/graphql", headers={"accept": BROWSER})
        script = running.client.get("/graphiql/ide.js")
    assert ("/graphiql/" in answer.text) is is_page
    assert script.status_code == (200 if is_page else 404)


def test_without_its_files_the_page_says_how_to_get_them(
    directory_url: str, settings_for: Callable[..., Any], serve: Serve, tmp_path: Path
) -> None:
    with serve(create_app(settings_for(directory_url, data_dir=tmp_path))) as running:
        before = running.client.get("/graphql", headers={"accept": BROWSER})
        folder = npm.folder_in(tmp_path)
        folder.mkdir()
        for name in npm.NAMES:
            (folder / name).write_text(f"/* {name} */")
        after = running.client.get("/graphql", headers={"accept": BROWSER})
    assert before.status_code == 200
    assert f"curl {running.client.base_url.netloc.decode()}/graphql" in before.text
    assert all(each in before.text for each in ("ariesone graphiql fetch", "curl ", "/docs/troubleshooting"))
    assert "<script" not in before.text
    assert "/graphiql/graphiql.min.js?v=" in after.text


def test_a_file_asked_for_by_its_hash_is_kept_for_ever_and_otherwise_asked_for_again(page_server: Server) -> None:
    plain = page_server.client.get("/graphiql/graphiql.min.js", headers={"accept-encoding": "identity"})
    tag = plain.headers["etag"]
    assert plain.headers["cache-control"] == "no-cache"
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    versioned = page_server.client.get(f"/graphiql/graphiql.min.js?v={tag.strip(chr(34))}")
    assert "immutable" in versioned.headers["cache-control"]
    other = page_server.client.get("/graphiql/graphiql.min.js?v=0123456789abcdef")
    assert other.headers["cache-control"] == "no-cache"
    again = page_server.client.get("/graphiql/graphiql.min.js", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_goes_out_compressed(page_server: Server) -> None:
    ask = page_server.client.build_request("GET", "/graphiql/ide.css", headers={"accept-encoding": "gzip"})
    answer = page_server.client.send(ask, stream=True)
    raw = b"".join(answer.iter_raw())
    answer.close()
    assert answer.headers["content-encoding"] == "gzip"
    plain = page_server.client.get("/graphiql/ide.css", headers={"accept-encoding": "identity"})
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip;q=0", None),
        ("gzip;q=0, *", None),
        ("br, zstd", None),
        ("identity, gzip;q=0.5", None),
        ("X-GZIP", "gzip"),
        ("br, *;q=0.1", "gzip"),
    ],
)
def test_a_file_is_compressed_for_those_alone_who_take_that(
    page_server: Server, accepted: str, coding: str | None
) -> None:
    answer = page_server.client.get("/graphiql/ide.css", headers={"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert b"{" in answer.content


@pytest.mark.parametrize("name", ["page.html", "..%2fide.py", "%2e%2e/ide.py", "ide.js.map", "nothing", ""])
def test_no_other_file_is_served(page_server: Server, name: str) -> None:
    assert page_server.client.get(f"/graphiql/{name}").status_code == 404


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "same-origin"}, True),
        ({"host": "localhost", "sec-fetch-site": "same-origin"}, True),
        ({"host": "[::1]:8000", "sec-fetch-site": "same-origin"}, True),
        ({"host": "127.0.0.1:8000"}, False),
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "cross-site"}, False),
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "same-site"}, False),
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "none"}, False),
        ({"host": "rebound.example:8000", "sec-fetch-site": "same-origin"}, False),
        ({"host": "127.0.0.1.example", "sec-fetch-site": "same-origin"}, False),
        ({"host": "[", "sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"host": "localhost", "sec-fetch-site": "same-origin", "x-forwarded-for": "10.0.0.1"}, False),
    ],
)
def test_only_a_page_of_this_server_on_this_machine_gets_a_token(
    headers: dict[str, str], *, expected: bool
) -> None:
    assert is_from_own_page(Headers(headers)) is expected


def token(server: Server, role: str = "ADMIN", **headers: str) -> int:
    given = {"sec-fetch-site": "same-origin", **headers}
    return server.client.post(f"/graphiql/tokens/{role}", headers=given).status_code


def test_a_token_has_the_role_that_was_asked_for(page_server: Server) -> None:
    own = {"sec-fetch-site": "same-origin"}
    answer = page_server.client.post("/graphiql/tokens/PARTNER", headers=own)
    assert jwt.decode(answer.json()["token"], DEVELOPMENT_SECRET, algorithms=["HS256"])["roles"] == ["PARTNER"]
    assert answer.headers["cache-control"] == "no-store"


def test_others_get_no_token(page_server: Server) -> None:
    assert token(page_server) == 200
    assert token(page_server, **{"sec-fetch-site": "cross-site"}) == 403
    assert token(page_server, host="rebound.example") == 403
    assert token(page_server, role="KING") == 404
    assert page_server.client.get("/graphiql/tokens/ADMIN").status_code == 405


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "0.0.0.0"},  # noqa: S104 - it is only set, and nothing is bound
        {"host": "192.0.2.1"},
        {"host": "example.org"},
        {"environment": "production", "graphiql": True},
        {"token_algorithms": "ES256"},
        {"graphiql": False},
    ],
)
def test_tokens_are_made_only_where_one_develops_on_ones_own_machine(
    directory_url: str,
    settings_for: Callable[..., Any],
    serve: Serve,
    graphiql_data: Path,
    settings: dict[str, Any],
) -> None:
    with serve(create_app(settings_for(directory_url, data_dir=graphiql_data, **settings))) as running:
        assert token(running) == 404
        page = running.client.get("/graphql", headers={"accept": BROWSER}).text
    assert "ADMIN" not in page


@pytest.mark.parametrize(
    "headers",
    [
        {"forwarded": "for=203.0.113.5"},
        {"x-forwarded-for": "203.0.113.5"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-host": "public.example"},
        {"x-forwarded-proto": "https"},
        {"x-real-ip": "203.0.113.5"},
        {"via": "1.1 proxy"},
        {"cf-connecting-ip": "203.0.113.5"},
        # A proxy that says nothing of itself still passes on whose page it was.
        {"origin": "https://public.example"},
        {"origin": "http://localhost:5173"},
        {"origin": "null"},
        {"host": "public.example"},
    ],
)
def test_through_a_proxy_on_this_machine_nobody_gets_a_token(page_server: Server, headers: dict[str, str]) -> None:
    assert token(page_server, **headers) == 403
    address = page_server.client.base_url
    assert token(page_server, origin=f"http://{address.host}:{address.port}") == 200


def test_a_proxy_that_speaks_http_1_0_gets_no_token(page_server: Server) -> None:
    address = page_server.client.base_url
    with socket.create_connection((address.host, address.port or 80), timeout=10) as connection:
        head = f"POST /graphiql/tokens/ADMIN HTTP/1.0\r\nhost: {address.host}:{address.port}\r\n"
        connection.sendall(f"{head}sec-fetch-site: same-origin\r\ncontent-length: 0\r\n\r\n".encode())
        answer = connection.recv(65536).decode()
    assert answer.split(" ")[1] == "403"
