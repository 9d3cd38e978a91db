"""Requests as HTTP/1.1 doesn't have them, byte by byte: each gets one refusal, or what it asks for."""

import pytest

from graph.http.head import MAX_HEAD_BYTES
from tests.graph.conftest import Server
from tests.graph.http.raw import BODY, TYPENAME, chunked, connected, post, sized

HOST = b"Host: localhost\r\n"
LIVEZ = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKS = b"Transfer-Encoding: chunked"


def get(*lines: bytes, target: bytes = b"/livez", version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join([b"GET " + target + b" " + version, *lines, b"", b""])


def in_chunks(body: bytes) -> bytes:
    return post(CHUNKS, body=body)


REFUSED = {
    # Whom it is for (RFC 9112, 3.2).
    "no Host": (get(), 400, "Host is missing"),
    "two Hosts": (get(b"Host: a", b"Host: a"), 400, "Host must be one"),
    "a list of Hosts": (get(b"Host: a, b"), 400, "Host must be one"),
    "a Host with a blank": (get(b"Host: a b"), 400, "Host must be one"),
    "a Host with a path": (get(b"Host: a/b"), 400, "Host must be one"),
    "a Host with a user": (get(b"Host: u@a"), 400, "Host must be one"),
    "a URL as Host": (get(b"Host: http://a"), 400, "Host must be one"),
    "a Host with two ports": (get(b"Host: a:1:2"), 400, "Host must be one"),
    "a port that is no number": (get(b"Host: a:b"), 400, "Host must be one"),
    "half a bracket": (get(b"Host: [::1"), 400, "Host must be one"),
    "a Host beyond ASCII": (get("Host: ü".encode()), 400, "Host must be one"),
    "a long Host": (get(b"Host: " + b"a" * 300), 400, "Host must be one"),
    "a Host with a blank, in HTTP/1.0": (get(b"Host: a b", version=b"HTTP/1.0"), 400, "Host must be one"),
    "a Host that isn't one, beside a whole URL": (get(b"Host: a b", target=b"http://a/"), 400, "Host must be one"),
    "no Host beside a whole URL": (get(target=b"http://localhost/livez"), 400, "Host is missing"),
    # Its version.
    "HTTP/0.9": (b"GET /livez\r\n", 400, "no version"),
    "HTTP/0.9 with an empty line": (b"GET /livez\r\n\r\n", 400, "no version"),
    "HTTP/2.0": (get(HOST[:-2], version=b"HTTP/2.0"), 505, "HTTP/2.0 is not spoken"),
    "HTTP/1.2": (get(HOST[:-2], version=b"HTTP/1.2"), 400, "end in HTTP/1.1"),
    "HTTP/3": (get(HOST[:-2], version=b"HTTP/3"), 400, "HTTP/1.1"),
    "http/1.1": (get(HOST[:-2], version=b"http/1.1"), 400, "HTTP/1.1"),
    "HTTP/2 with prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/2"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "method"),
    # Its method and its target.
    "an unknown method": (b"FOO / HTTP/1.1\r\n" + HOST + b"\r\n", 400, "method"),
    "a method in small letters": (b"get / HTTP/1.1\r\n" + HOST + b"\r\n", 400, "method"),
    "a method that is no token": (b"G@T / HTTP/1.1\r\n" + HOST + b"\r\n", 400, "method"),
    "a blank first": (b" " + LIVEZ, 400, "method"),
    "CONNECT": (b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", 405, "no proxy"),
    "CONNECT to a path": (b"CONNECT / HTTP/1.1\r\n" + HOST + b"\r\n", 405, "no proxy"),
    "GET *": (get(HOST[:-2], target=b"*"), 400, "target"),
    "no path": (get(HOST[:-2], target=b"livez"), 400, "target"),
    "another scheme": (get(HOST[:-2], target=b"ftp://localhost/livez"), 400, "target"),
    "a URL with a user": (get(HOST[:-2], target=b"http://u:p@localhost/livez"), 400, "target"),
    "a URL without a name": (get(HOST[:-2], target=b"http:///livez"), 400, "target"),
    "a fragment": (get(HOST[:-2], target=b"/livez#a"), 400, "target"),
    "NUL in the target": (get(HOST[:-2], target=b"/livez\x00"), 400, "target"),
    "a tab in the target": (get(HOST[:-2], target=b"/li\tvez"), 400, "target"),
    "letters beyond ASCII in the target": (get(HOST[:-2], target="/ü".encode()), 400, "target"),
    "a blank in the target": (get(HOST[:-2], target=b"/li vez"), 400, "one blank"),
    "a blank behind the version": (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", 400, "CRLF"),
    # Its headers (RFC 9112, 5).
    "a blank before the colon": (get(HOST[:-2], b"X-A : b"), 400, "header must be a name"),
    "a tab before the colon": (get(HOST[:-2], b"X-A\t: b"), 400, "header must be a name"),
    "no name": (get(HOST[:-2], b": b"), 400, "header must be a name"),
    "no colon": (get(HOST[:-2], b"abc"), 400, "header must be a name"),
    "a name with brackets": (get(HOST[:-2], b"a(b): c"), 400, "header must be a name"),
    "a name beyond ASCII": (get(HOST[:-2], "é: c".encode()), 400, "header must be a name"),
    "NUL in a name": (get(HOST[:-2], b"a\x00: b"), 400, "header must be a name"),
    "NUL in a value": (get(HOST[:-2], b"a: b\x00c"), 400, "control character"),
    "a control character in a value": (get(HOST[:-2], b"a: b\x01c"), 400, "control character"),
    "DEL in a value": (get(HOST[:-2], b"a: b\x7fc"), 400, "control character"),
    "a header over two lines": (get(HOST[:-2], b"a: b\r\n c"), 400, "on one line"),
    "a first header over two lines": (b"GET / HTTP/1.1\r\n " + HOST + b"\r\n", 400, "start of its line"),
    "LF alone": (b"GET / HTTP/1.1\nHost: a\n\n", 400, "CRLF"),
    "LF alone behind a header": (b"GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n", 400, "header must be a name"),
    "CR alone behind a header": (b"GET / HTTP/1.1\r\nHost: a\rB: c\r\n\r\n", 400, "header must be a name"),
    # How long its body is (RFC 9112, 6).
    "a length twice": (post(b"Content-Length: 24", b"Content-Length: 24"), 400, "Content-Length must"),
    "a list of lengths": (post(b"Content-Length: 24, 24"), 400, "Content-Length must"),
    "a length with a sign": (post(b"Content-Length: +24"), 400, "Content-Length must"),
    "a negative length": (post(b"Content-Length: -24"), 400, "Content-Length must"),
    "a length in hexadecimal": (post(b"Content-Length: 0x18"), 400, "Content-Length must"),
    "a length with an underscore": (post(b"Content-Length: 2_4"), 400, "Content-Length must"),
    "a length with a blank": (post(b"Content-Length: 2 4"), 400, "Content-Length must"),
    "a broken length": (post(b"Content-Length: 24.0"), 400, "Content-Length must"),
    "no length": (post(b"Content-Length:"), 400, "Content-Length must"),
    "too large a length": (post(b"Content-Length: " + b"9" * 24), 400, "Content-Length must"),
    "a length and chunks": (sized(CHUNKS), 400, "not with Transfer-Encoding"),
    "chunks and a length": (post(CHUNKS, b"Content-Length: 24"), 400, "not with Transfer-Encoding"),
    "a coding before chunks": (post(b"Transfer-Encoding: gzip, chunked", body=chunked()), 501, "only `chunked`"),
    "a coding in its own line": (post(b"Transfer-Encoding: gzip", CHUNKS, body=chunked()), 501, "only `chunked`"),
    "a coding behind chunks": (post(b"Transfer-Encoding: chunked, gzip"), 400, "Transfer-Encoding must"),
    "chunks twice": (post(CHUNKS, CHUNKS, body=chunked()), 400, "Transfer-Encoding must"),
    "another coding": (post(b"Transfer-Encoding: gzip"), 400, "Transfer-Encoding must"),
    "identity": (post(b"Transfer-Encoding: identity"), 400, "Transfer-Encoding must"),
    "nearly chunked": (post(b"Transfer-Encoding: xchunked"), 400, "Transfer-Encoding must"),
    "chunked with a parameter": (post(b"Transfer-Encoding: chunked;a=b"), 400, "Transfer-Encoding must"),
    "no coding": (post(b"Transfer-Encoding:"), 400, "Transfer-Encoding must"),
    "a vertical tab before chunked": (post(b"Transfer-Encoding: \x0bchunked"), 400, "control character"),
    "a blank before the colon of chunks": (post(b"Transfer-Encoding : chunked"), 400, "header must be a name"),
    "chunks in HTTP/1.0": (
        in_chunks(chunked(BODY)).replace(b"HTTP/1.1", b"HTTP/1.0"), 400, "HTTP/1.0 has no Transfer-Encoding",
    ),
    # Its chunks (RFC 9112, 7.1).
    "a negative chunk": (in_chunks(b"-1\r\na\r\n0\r\n\r\n"), 400, "size of a chunk"),
    "a chunk with a sign": (in_chunks(b"+1\r\na\r\n0\r\n\r\n"), 400, "size of a chunk"),
    "a chunk with an underscore": (in_chunks(b"1_0\r\na\r\n0\r\n\r\n"), 400, "size of a chunk"),
    "a chunk with 0x": (in_chunks(b"0x1\r\na\r\n0\r\n\r\n"), 400, "size of a chunk"),
    "a huge chunk": (in_chunks(b"f" * 17 + b"\r\na"), 400, "size of a chunk"),
    "a chunk of no size": (in_chunks(b"\r\na\r\n0\r\n\r\n"), 400, "size of a chunk"),
    "a blank behind the size of a chunk": (in_chunks(b"1 \r\na\r\n0\r\n\r\n"), 400, "size of a chunk"),
    "LF alone behind the size of a chunk": (in_chunks(b"1\na\n0\n\n"), 400, "size of a chunk"),
    "a longer chunk than it says": (in_chunks(b"1\r\nab\r\n0\r\n\r\n"), 400, "longer than its size"),
    "LF in a chunk's extension": (in_chunks(b"1;a\nb\r\na\r\n0\r\n\r\n"), 400, "extension"),
    "a length as a trailer": (in_chunks(chunked(BODY, trailers=b"Content-Length: 5\r\n")), 400, "Content-Length"),
    # More of it than there is room for.
    "a long header": (get(HOST[:-2], b"X-A: " + b"a" * MAX_HEAD_BYTES), 431, "longer than 65536 bytes"),
    "many headers": (get(HOST[:-2], *[b"X-A: b"] * 10_000), 431, "longer than 65536 bytes"),
    "a long target": (get(HOST[:-2], target=b"/" + b"a" * MAX_HEAD_BYTES), 431, "longer than 65536 bytes"),
}  # fmt: skip

TAKEN = {
    "an empty Host": get(b"Host:"),
    "an address": get(b"Host: 127.0.0.1:8000"),
    "an address of IPv6": get(b"Host: [::1]:8000"),
    "a port of no digits": get(b"Host: localhost:"),
    "a Host with an underscore": get(b"Host: my_service.internal"),
    "no Host in HTTP/1.0": get(version=b"HTTP/1.0"),
    "a whole URL": get(b"Host: other", target=b"http://localhost/livez"),
    "a whole URL in capitals": get(b"Host: other", target=b"HTTP://LOCALHOST:8000/livez?a=b"),
    "empty lines first": b"\r\n\r\n" + LIVEZ,
    "several blanks in the line": b"GET   /livez   HTTP/1.1\r\n" + HOST + b"\r\n",
    "letters beyond ASCII in a value": get(HOST[:-2], "X-A: ü".encode()),
    "blanks round a value": get(b"Host: \t localhost \t "),
    "a body of a GET": get(HOST[:-2], b"Content-Length: 3") + b"abc",
    "an expectation that isn't known": get(HOST[:-2], b"Expect: a-pony"),
}

ANSWERED = {
    "a length": sized(),
    "a length with zeros": post(b"Content-Length: 00024"),
    "a length with blanks round it": post(b"Content-Length:  24 "),
    "chunks": in_chunks(chunked(BODY)),
    "chunks of one byte": in_chunks(chunked(*(bytes([each]) for each in BODY))),
    "chunks in capitals": post(b"TRANSFER-ENCODING: Chunked", body=chunked(BODY)),
    "a chunk's size with zeros": in_chunks(b"0" * 60 + b"18\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "chunks with extensions": in_chunks(b'18;a=b;c="d;\\"e"\r\n' + BODY + b"\r\n0;f\r\n\r\n"),
    "trailers": in_chunks(chunked(BODY, trailers=b"Authorization: Bearer x\r\nHost: y\r\n")),
    "an expectation": sized(b"Expect: 100-continue"),
    "an expectation in capitals": sized(b"EXPECT: 100-Continue"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("piece", [0, 7])
def test_what_can_be_read_in_two_ways_is_refused_and_its_connection_closed(
    server: Server, name: str, piece: int
) -> None:
    content, status, words = REFUSED[name]
    if piece and len(content) > MAX_HEAD_BYTES:
        piece = 10_007
    with connected(server) as client:
        if piece and name != "HTTP/0.9":
            client.send(LIVEZ)
            assert client.answer().status == 200
        # What follows is no request to anybody.
        client.send(content + LIVEZ if content.endswith(b"\r\n\r\n") else content, piece=piece)
        answer = client.answer()
        assert (answer.status, answer.code) == (status, "BAD_REQUEST")
        assert words in answer.json()["errors"][0]["message"]
        assert answer.headers["connection"] == "close"
        assert client.is_closed()


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("piece", [0, 1])
def test_what_is_unusual_and_clear_is_taken(server: Server, name: str, piece: int) -> None:
    with connected(server) as client:
        client.send(TAKEN[name], piece=piece)
        assert client.answer().json()["status"] == "healthy"


@pytest.mark.parametrize("name", ANSWERED)
@pytest.mark.parametrize("piece", [0, 1])
def test_a_body_is_read_however_its_length_is_told(server: Server, name: str, piece: int) -> None:
    with connected(server) as client:
        client.send(ANSWERED[name] + LIVEZ, piece=piece)
        answer = client.answer()
        assert (answer.status, answer.json()) == (200, TYPENAME)
        assert client.answer().json()["status"] == "healthy"


def test_a_body_that_waits_for_leave_and_is_refused_without_ends_its_connection(server: Server) -> None:
    with connected(server) as client:
        client.send(sized(b"Expect: 100-continue", b"Accept: image/png", body=b"").replace(b"h: 0", b"h: 24"))
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (406, "close")
        assert client.is_closed()


def test_a_body_that_is_too_large_is_refused_before_it_is_sent_to_who_asks(server: Server) -> None:
    with connected(server) as client:
        client.send(sized(b"Expect: 100-continue", body=b"").replace(b"h: 0", b"h: 9000000"))
        assert client._until(b"\r\n").startswith(b"HTTP/1.1 413")


def test_nobody_is_told_to_go_on_in_http_1_0(server: Server) -> None:
    with connected(server) as client:
        client.send(sized(b"Expect: 100-continue").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert client._until(b"\r\n").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 431)])
@pytest.mark.parametrize("piece", [0, 5_000])
def test_headers_end_at_64_kilobytes(server: Server, extra: int, status: int, piece: int) -> None:
    start = sized(b"X-A: ").partition(b"\r\n\r\n")[0]
    for lines in (1, 40):
        long = b"\r\n".join([start, *[b"X-B: 1"] * lines])
        filled = long + b"a" * (MAX_HEAD_BYTES - len(long) - 4 + extra) + b"\r\n\r\n"
        assert len(filled) == MAX_HEAD_BYTES + extra
        with connected(server) as client:
            client.send(filled + BODY, piece=piece)
            assert client.answer().status == status
