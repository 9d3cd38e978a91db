"""Clients that offer another protocol with their request: it is answered as if they hadn't (RFC 9110, 7.8)."""

import pytest

from tests.graph.conftest import Server
from tests.graph.http.raw import BODY, TYPENAME, chunked, connected, post, sized

# As they came from the clients, with their defaults.
CURL = (
    b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
    b"content-type: application/json\r\nContent-Length: 24\r\n\r\n" + BODY
)
CURL_CHUNKED = CURL.replace(b"Content-Length: 24", b"Transfer-Encoding: chunked").replace(BODY, chunked(BODY))
JAVA = (
    b"POST /graphql HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 24\r\n"
    b"Host: 127.0.0.1:8000\r\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\nUpgrade: h2c\r\n"
    b"User-Agent: Java-http-client/17.0.15\r\nContent-Type: application/json\r\n\r\n" + BODY
)
JAVA_CHUNKED = JAVA.replace(b"Content-Length: 24\r\n", b"").replace(
    b"Upgrade: h2c\r\n", b"Transfer-encoding: chunked\r\nUpgrade: h2c\r\n"
).replace(BODY, chunked(BODY))  # fmt: skip
WEBSOCKET = sized(
    b"Connection: keep-alive, Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)  # fmt: skip
OTHERS = {
    "several": sized(b"Connection: upgrade", b"Upgrade: h2c, websocket", b"Upgrade: foo/2"),
    "two lines of Connection": sized(b"Connection: Upgrade", b"Connection: HTTP2-Settings", b"Upgrade: h2c"),
    "TLS": sized(b"Connection: Upgrade", b"Upgrade: TLS/1.0"),
    "not named in Connection": sized(b"Upgrade: h2c"),
    "nothing to upgrade to": sized(b"Connection: Upgrade"),
    "chunks with a trailer": post(
        b"Connection: Upgrade", b"Upgrade: h2c", b"Transfer-Encoding: chunked",
        body=chunked(BODY[:5], BODY[5:], trailers=b"x-checksum: 1\r\n"),
    ),
    "a GET": b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
}  # fmt: skip
CLIENTS = {
    "curl": CURL,
    "curl in chunks": CURL_CHUNKED,
    "Java": JAVA,
    "Java in chunks": JAVA_CHUNKED,
    "a WebSocket on a POST": WEBSOCKET,
    **OTHERS,
}


@pytest.fixture(params=CLIENTS)
def request_of_client(request: pytest.FixtureRequest) -> bytes:
    return CLIENTS[request.param]


@pytest.mark.parametrize("piece", [0, 1, 7, 100])
def test_an_upgrade_is_ignored_and_the_connection_stays_usable(
    server: Server, request_of_client: bytes, piece: int
) -> None:
    with connected(server) as client:
        for _ in range(2):
            client.send(request_of_client, piece=piece)
            answer = client.answer()
            assert (answer.status, answer.json()) == (200, TYPENAME)
            assert "upgrade" not in answer.headers
            assert answer.headers.get("connection") != "close"
        client.send(sized())
        assert client.answer().json() == TYPENAME


@pytest.mark.parametrize("piece", [0, 50])
def test_requests_behind_an_upgrade_are_answered_in_their_order(
    server: Server, request_of_client: bytes, piece: int
) -> None:
    other = sized(body=b'{"query":"{other:__typename}"}')
    with connected(server) as client:
        client.send((request_of_client + other) * 20 + sized(b"Connection: close"), piece=piece)
        for _ in range(20):
            assert client.answer().json() == TYPENAME
            assert client.answer().json() == {"data": {"other": "Query"}}
        assert client.answer().json() == TYPENAME
        assert client.is_closed()


def test_a_large_body_behind_an_upgrade_is_read_whole(server: Server) -> None:
    body = BODY[:-1] + b',"variables":{"a":"' + b"x" * 200_000 + b'"}}'
    with connected(server) as client:
        client.send(sized(b"Connection: Upgrade", b"Upgrade: h2c", body=body))
        assert client.answer().json() == TYPENAME
        client.send(sized(b"Connection: Upgrade", b"Upgrade: h2c", body=body + b" " * 100_000))
        assert client.answer().status == 413


def test_a_request_inside_the_body_behind_an_upgrade_is_no_request(server: Server) -> None:
    inner = sized()
    with connected(server) as client:
        client.send(sized(b"Connection: Upgrade", b"Upgrade: h2c", body=inner))
        assert client.answer().status == 400
        client.send(sized(b"Connection: close"))
        assert client.answer().json() == TYPENAME
        assert client.is_closed()


def test_a_body_that_is_not_the_length_it_says_is_refused_behind_an_upgrade_too(server: Server) -> None:
    lines = (b"Connection: Upgrade", b"Upgrade: h2c", b"Transfer-Encoding: chunked")
    for faulty in (post(*lines, b"Content-Length: 24"), post(*lines, body=b"zz\r\n")):
        with connected(server) as client:
            client.send(faulty)
            answer = client.answer()
            assert (answer.status, answer.code) == (400, "BAD_REQUEST")
            assert client.is_closed()


@pytest.mark.parametrize(
    "last",
    [CURL.replace(b"HTTP/1.1", b"HTTP/1.0"), CURL.replace(b"Connection: ", b"Connection: close, ")],
    ids=["HTTP/1.0", "close"],
)
def test_an_upgrade_with_the_last_request_of_a_connection_is_ignored(server: Server, last: bytes) -> None:
    with connected(server) as client:
        client.send(last)
        answer = client.answer()
        assert (answer.json(), answer.headers["connection"]) == (TYPENAME, "close")
        assert client.is_closed()
