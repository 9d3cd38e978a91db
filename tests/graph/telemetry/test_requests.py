"""Each request is counted, timed and logged once, whichever way it came and however it ended."""

import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http import uvicorn as connection
from graph.settings import Settings
from graph.telemetry.metrics import DURATIONS, REQUESTS
from tests.graph.conftest import Server

BODY = b'{"query": "query Counted { __typename }"}'
JSON = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


def post(headers: bytes = b"", body: bytes = BODY) -> bytes:
    return b"POST /graphql HTTP/1.1\r\nhost: x\r\n" + headers + JSON % (len(body), body)


def bare(line: str, *headers: str) -> bytes:
    return "\r\n".join((f"{line} HTTP/1.1", "host: x", *headers, "", "")).encode()


SITE = "origin: https://a.example"
PREFLIGHT = bare("OPTIONS /graphql", SITE, "access-control-request-method: POST")
FOREIGN = post(f"{SITE}\r\n".encode())
PROXIED = post(b"x-forwarded-for: 192.0.2.1\r\n")

# What is sent; under which method, route and status it is counted; and the operation that is logged.
WAYS: dict[str, tuple[bytes, tuple[str, str, str], str | None]] = {
    "straight": (post(), ("POST", "/graphql", "200"), "Counted"),
    "from a page of another site": (FOREIGN, ("POST", "/graphql", "200"), "Counted"),
    "through a proxy": (PROXIED, ("POST", "/graphql", "200"), "Counted"),
    "refused by the endpoint": (post(body=b"{"), ("POST", "/graphql", "400"), None),
    "refused by the connection": (b"nonsense\r\n\r\n", ("other", "other", "400"), None),
    "head that never ends": (bare("GET /livez")[:-2], ("other", "other", "408"), None),
    "body that never comes": (post()[:-1], ("POST", "/graphql", "408"), None),
    "another route": (bare("GET /livez"), ("GET", "/livez", "200"), None),
    "no route": (bare("GET /nothing"), ("GET", "other", "404"), None),
    "another method": (bare("PROPFIND /livez"), ("other", "/livez", "405"), None),
    "preflight": (PREFLIGHT, ("OPTIONS", "/graphql", "200"), None),
}

LABELS = ("method", "endpoint", "status")


@pytest.fixture(scope="module")
def server(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    directory_url: str,
) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "PATIENCE", 0.3)
        with serve(create_app(settings_for(directory_url, cors_origins="https://a.example"))) as running:
            yield running


def counts() -> dict[tuple[str, ...], float]:
    [family] = REQUESTS.collect()
    found: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for sample in family.samples:
        found[tuple(sample.labels[name] for name in LABELS)] += sample.value
    return found


def timed() -> float:
    [family] = DURATIONS.collect()
    return sum(sample.value for sample in family.samples if sample.name.endswith("_count"))


@pytest.mark.parametrize("way", WAYS)
def test_a_request_is_told_once(server: Server, caplog: pytest.LogCaptureFixture, way: str) -> None:
    sent, expected, operation = WAYS[way]
    caplog.set_level("INFO", "ariesone.access")
    before, timed_before = counts(), timed()
    with socket.create_connection(
        (server.client.base_url.host, server.client.base_url.port or 0), timeout=5
    ) as client:
        client.sendall(sent)
        answer = client.recv(65_536)
    assert answer.split()[1].decode() == expected[2]
    deadline = time.monotonic() + 5
    while not caplog.records:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # One that was told a second time would be by now.
    time.sleep(0.05)
    changed = {key: value - before.get(key, 0) for key, value in counts().items() if value != before.get(key, 0)}
    assert changed == {expected: 1}
    assert timed() == timed_before + 1
    [record] = [record.__dict__ for record in caplog.records if record.name == "ariesone.access"]
    assert (record["http.request.method"], record["url.path"]) == expected[:2]
    assert str(record["http.response.status_code"]) == expected[2]
    assert record["graphql.operation.name"] == operation
