"""Headers as clients and proxies write them: in several lines, with blanks, in any case; and what answers say."""

import pytest

from tests.graph.conftest import Server, bearer
from tests.graph.http.raw import BODY, TYPENAME, connected, post, sized

GRAPHQL = b"application/graphql-response+json"
VIEWER = b'{"query":"{viewer{roles}}"}'
TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = b"traceparent: 00-" + TRACE + b"-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("lines", "status", "media"),
    [
        ((b"Accept: text/html", b"Accept: " + GRAPHQL), 200, GRAPHQL),
        ((b"Accept: text/html", b"Accept: application/json"), 200, b"application/json"),
        ((b"Accept: image/png", b"Accept: text/html;q=0.5", b"Accept: */*;q=0.1"), 200, b"application/json"),
        ((b"Accept:", b"Accept: " + GRAPHQL), 200, GRAPHQL),
        ((b"Accept: image/png", b"Accept: text/html"), 406, b"application/json"),
    ],
)
def test_accept_in_several_lines_is_one_list(
    server: Server, lines: tuple[bytes, ...], status: int, media: bytes
) -> None:
    with connected(server) as client:
        client.send(sized(*lines))
        answer = client.answer()
        assert answer.status == status
        assert answer.headers["content-type"] == f"{media.decode()}; charset=utf-8"


def test_connection_in_several_lines_is_one_list(server: Server) -> None:
    with connected(server) as client:
        client.send(sized(b"Connection: foo", b"Connection: close"))
        assert client.answer().headers["connection"] == "close"
        assert client.is_closed()


def test_a_browser_that_accepts_in_several_lines_gets_a_page(server: Server) -> None:
    with connected(server) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\nAccept: image/png\r\nAccept: text/html\r\n\r\n")
        assert client.answer().headers["content-type"] == "text/html; charset=utf-8"


def test_a_trace_is_its_callers_where_it_is_named_once(server: Server) -> None:
    for lines, is_callers in (((PARENT,), True), ((PARENT, PARENT), False)):
        with connected(server) as client:
            client.send(post(b"Content-Length: 1", *lines, body=b"{"))
            assert (client.answer().json()["errors"][0]["extensions"]["traceId"] == TRACE.decode()) is is_callers


@pytest.mark.parametrize(
    "form",
    ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {}", "Bearer\t{}", "Bearer \t {} \t", "   Bearer {}  "],
)
def test_a_token_is_taken_with_blanks_round_it(server: Server, form: str) -> None:
    token = bearer("VIEWER").removeprefix("Bearer ")
    with connected(server) as client:
        client.send(sized(b"Authorization: " + form.format(token).encode(), body=VIEWER))
        assert client.answer().json() == {"data": {"viewer": {"roles": ["VIEWER"]}}}


@pytest.mark.parametrize(
    "form", ["Bearer{}", "Bearer {} x", "Bearer {},", "Basic {}", "Bearer={}", "{}", "Bearer \u00a0{}"]
)
def test_a_token_in_another_form_is_refused(server: Server, form: str) -> None:
    token = bearer("VIEWER").removeprefix("Bearer ")
    with connected(server) as client:
        client.send(sized(b"Authorization: " + form.format(token).encode(), body=VIEWER))
        assert client.answer().status == 401


def test_two_tokens_are_refused(server: Server) -> None:
    line = b"Authorization: " + bearer("VIEWER").encode()
    with connected(server) as client:
        client.send(sized(line, line, body=VIEWER))
        assert client.answer().status == 401


def get(path: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: localhost", *lines, b"", b""])


def with_type(content_type: bytes, *lines: bytes, body: bytes = BODY) -> bytes:
    return sized(*lines, body=body).replace(b"application/json", content_type)


@pytest.mark.parametrize(
    "content",
    [
        with_type(b"application/json; charset=us-ascii"), with_type(b"application/json;charset=UTF8"),
        with_type(b'application/json ; charset="utf-8"'), with_type(b"Application/JSON; Charset=Utf-8; x=y"),
        sized(b"Content-Encoding: identity"), sized(b"Content-Encoding: Identity"), sized(b"Content-Encoding:"),
        sized(b"Content-Encoding: identity", b"Content-Encoding: identity"),
        sized(body=b"\xef\xbb\xbf" + BODY), sized(body=b" \r\n\t" + BODY + b"\n"),
    ],
)  # fmt: skip
def test_json_in_utf_8_is_taken_however_it_is_called(server: Server, content: bytes) -> None:
    with connected(server) as client:
        client.send(content)
        assert client.answer().json() == TYPENAME


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (with_type(b"application/json; charset=utf-16"), 415),
        (with_type(b"application/json; charset=iso-8859-1"), 415),
        (with_type(b"application/json" + b";a=b" * 100), 200),
        (with_type(b"application/json", b"Content-Type: application/json"), 415),
        (sized(b"Content-Encoding: gzip"), 415),
        (sized(b"Content-Encoding: identity", b"Content-Encoding: br"), 415),
        (sized(body=BODY.decode().encode("utf-16")), 400),
        (sized(body=b"\xef\xbb\xbf\xef\xbb\xbf" + BODY), 400),
    ],
)
def test_what_is_no_json_in_utf_8_is_refused_and_told_what_is_taken(
    server: Server, content: bytes, status: int
) -> None:
    with connected(server) as client:
        client.send(content)
        answer = client.answer()
        assert answer.status == status
        if status == 415:
            assert answer.code == "BAD_REQUEST"
            assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "content",
    [
        sized(), sized(b"Origin: https://a.example"), sized(b"Accept: text/html"), sized(body=b"{"),
        b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", get(b"/graphql?query={__typename}"), get(b"/nothing"),
        get(b"/nothing", b"Accept: text/html"), get(b"/", b"Accept: text/html"), get(b"/docs"), get(b"/livez"),
        get(b"/docs/site.css"), get(b"/docs/schema.graphql"), get(b"/metrics"), get(b"/readyz"),
        get(b"/graphql").replace(b"GET", b"DELETE"),
    ],
)  # fmt: skip
def test_no_answer_is_guessed_at_or_kept_unless_it_says_so(server: Server, content: bytes) -> None:
    with connected(server) as client:
        client.send(content)
        headers = client.answer().headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in {"private, no-store", "private, no-cache", "no-store", "no-cache"}
