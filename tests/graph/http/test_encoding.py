"""Answers are compressed for who takes that and for nobody else, and kept answers once."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http import encoding
from graph.http.encoding import CODINGS, Choice, choose
from graph.settings import Settings
from tests.graph.conftest import Server

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]
LARGE = "{ companies(first: 100) { nodes { npi name primaryLocation { id address { city state } } } } }"
DECODERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "zstd": zstd.decompress}


@pytest.mark.parametrize(
    ("accepted", "coding", "is_needed"),
    [
        ("gzip", "gzip", False),
        ("x-gzip", "gzip", False),
        ("GZip, Deflate, br", "gzip", False),
        ("gzip, deflate, br, zstd", "gzip", False),
        ("gzip;q=0.9, zstd", "zstd", False),
        ("gzip;q=0.8, zstd;q=0.5", "gzip", False),
        ("zstd;q=0, gzip", "gzip", False),
        ("gzip; q=0.001", "gzip", False),
        ("*", "gzip", False),
        ("*;q=0.5, zstd;q=0.4", "gzip", False),
        ("gzip;q=0, *", None, False),
        ("gzip;q=0", None, False),
        ("gzip;q=nonsense", None, False),
        ("gzip;q=nan", None, False),
        ("", None, False),
        ("identity", None, False),
        ("identity, gzip;q=0.5", None, False),
        ("identity;q=0.5, gzip", "gzip", False),
        ("identity;q=0, gzip", "gzip", True),
        ("*;q=0, gzip", "gzip", True),
        ("identity;q=0", None, True),
        ("*;q=0", None, True),
        ("br, deflate", None, False),
    ],
)
def test_what_a_client_takes_most_gladly_is_chosen(accepted: str, coding: str | None, is_needed: bool) -> None:  # noqa: FBT001 - a table
    assert choose(accepted.encode()) == Choice(coding, is_needed)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("content", [b"", b"x", b"word " * 100_000, bytes(range(256)) * 50])
def test_what_is_coded_is_what_it_was(coding: str, content: bytes) -> None:
    assert DECODERS[coding](CODINGS[coding](content)) == content


def raw(server: Server, query: str, *accepted: str, **given: Any) -> tuple[httpx2.Response, bytes]:
    """Ask with lines of Accept-Encoding; return the answer and its bytes as they came."""
    server.client.headers.pop("accept-encoding", None)
    headers = [("content-type", "application/json"), *(("accept-encoding", each) for each in accepted)]
    body = json.dumps({"query": query, **given})
    with server.client.stream("POST", "/graphql", content=body, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.fixture(scope="module")
def own(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    with serve(create_app(settings_for(directory_url, cors_origins="https://a.example"))) as running:
        yield running


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (("gzip",), "gzip"),
        (("deflate", "gzip"), "gzip"),
        (("gzip;q=0.5", "zstd"), "zstd"),
        (("br",), None),
        ((), None),
    ],
)
def test_a_long_answer_is_compressed_for_who_takes_it(
    own: Server, accepted: tuple[str, ...], coding: str | None
) -> None:
    plain, expected = raw(own, LARGE)
    assert "content-encoding" not in plain.headers
    answer, content = raw(own, LARGE, *accepted)
    assert answer.headers.get("content-encoding") == coding
    assert int(answer.headers["content-length"]) == len(content)
    assert answer.headers["vary"] == plain.headers["vary"] == "accept, accept-encoding, authorization"
    if coding:
        assert len(content) < len(expected) / 2
        assert DECODERS[coding](content) == expected
    else:
        assert content == expected


def test_a_short_answer_goes_as_it_is_unless_plain_bytes_are_refused(own: Server) -> None:
    answer, content = raw(own, "{ __typename }", "gzip")
    assert "content-encoding" not in answer.headers
    assert json.loads(content) == {"data": {"__typename": "Query"}}
    answer, content = raw(own, "{ __typename }", "gzip, identity;q=0")
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(content)) == {"data": {"__typename": "Query"}}


def test_errors_and_answers_by_the_long_way_are_compressed_as_well(own: Server) -> None:
    _, content = raw(own, "{ " + " ".join(f"wrong{number}" for number in range(9)) + " }", "gzip")
    assert len(json.loads(gzip.decompress(content))["errors"]) == 5
    headers = {"accept-encoding": "gzip", "origin": "https://a.example"}
    with own.client.stream("GET", "/graphql", params={"query": LARGE}, headers=headers) as got:
        content = b"".join(got.iter_raw())
    assert len(json.loads(gzip.decompress(content))["data"]["companies"]["nodes"]) == 100
    varies = {each.strip().lower() for each in got.headers["vary"].split(",")}
    assert varies == {"accept", "accept-encoding", "authorization", "origin"}


def test_a_kept_answer_is_compressed_once(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(content: bytes) -> bytes:
        calls.append(content)
        return gzip.compress(content)

    monkeypatch.setitem(encoding.CODINGS, "gzip", counted)
    query = LARGE.replace("100", "99")
    contents = {raw(own, query, "gzip")[1] for _ in range(4)}
    assert len(calls) == len(contents) == 1
    assert raw(own, query)[1] == calls[0]
    assert zstd.decompress(raw(own, query, "zstd")[1]) == calls[0]
    assert len(calls) == 1


def test_nothing_is_compressed_where_the_settings_say_so(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str
) -> None:
    with serve(create_app(settings_for(directory_url, compress_above=0))) as running:
        answer, _ = raw(running, LARGE, "gzip")
        assert "content-encoding" not in answer.headers
    with serve(create_app(settings_for(directory_url, compress_above=1))) as running:
        answer, _ = raw(running, "{ __typename }", "gzip")
        assert answer.headers["content-encoding"] == "gzip"
