"""What a request's head must be (RFC 9110, 9112) where the parser takes more, and what the parser's faults say."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from httptools import HttpParserError, HttpParserInvalidURLError, HttpRequestParser

from graph.errors import (
    BadRequestError,
    HeadersTooLargeError,
    HttpVersionError,
    MethodNotAllowedError,
    UnknownCodingError,
)

Headers = Mapping[bytes, bytes]
HeaderList = Sequence[tuple[bytes, bytes]]

# Bytes of a request's line and headers together, and of what follows its body as headers do; nothing honest comes
# near.
MAX_HEAD_BYTES: Final = 64 * 1024

# Bytes of a name or an address with its port.
MAX_HOST_BYTES: Final = 262

HTTP_1_1: Final = "1.1"
HTTP_1_0: Final = "1.0"
HTTP_0_9: Final = "0.9"

# A name, an IPv4 address or a bracketed IPv6 address, and a port (RFC 3986, 3.2.2). A name has 253 characters.
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")
# Sixteen bytes in base64.
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")
# A target with a scheme (RFC 9112, 3.2.2): its authority, and what is left of it.
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#@]+)((?:[/?][^#]*)?)", re.IGNORECASE)

# What the parser says, by a part of its words, and what that means for who sent it; the first that fits.
_FAULTS: Final = (
    (
        "content-length",
        "Content-Length must be given once, as a number of digits, and not with Transfer-Encoding.",
    ),
    ("transfer-encoding", "Transfer-Encoding must be `chunked`, given once, and not with Content-Length."),
    ("chunk data", "A chunk of the body is longer than its size says, or no CRLF follows it."),
    ("chunk size", "The size of a chunk must be hexadecimal digits, and fit in 64 bits; CRLF follows it."),
    ("chunk", "A chunk's extension can't be read; leave extensions out."),
    ("method", "The request line must begin with a method of HTTP in capitals, such as POST."),
    ("url", "The target of the request must be a path such as /graphql, with its own blanks and letters encoded."),
    ("pri/upgrade", "This is HTTP/2, which is not spoken here; send HTTP/1.1."),
    ("version", "The request line must end in HTTP/1.1, and with CRLF."),
    ("expected http/", "The request line must be a method, a target and HTTP/1.1, with one blank between them."),
    ("whitespace", "A header's value must stand on one line."),
    ("space after start line", "A header must begin at the start of its line."),
    ("header value char", "A header's value holds a control character."),
    ("header", "A header must be a name of letters, digits and hyphens, a colon, a value and CRLF."),
)


def find_fault(words: str) -> BadRequestError:
    """Return the refusal of what the parser can't take; `words` are its own, which are not for clients."""
    found = words.lower()
    return BadRequestError(next((plain for part, plain in _FAULTS if part in found), "This is not HTTP/1.1."))


def find_refusal(error: HttpParserError) -> BadRequestError:
    """Return what a request is refused for that can't be parsed, or that was refused while it was."""
    cause = error.__context__
    if isinstance(cause, BadRequestError):
        return cause
    return find_fault("url" if isinstance(cause, HttpParserInvalidURLError) else str(error))


def is_whole(target: bytes, piece: bytes | memoryview, parser: HttpRequestParser) -> bool:
    """Return whether a request line has ended in no version: it is all there is of a request in HTTP/0.9."""
    return bool(target) and piece[-1:] == b"\n" and parser.get_http_version() == "0.0"


def require_head(method: str, version: str, headers: Headers) -> None:
    """Refuse a request whose sender and length can be read in two ways; `headers` are by name, joined by commas.

    Raises HttpVersionError, MethodNotAllowedError, UnknownCodingError or BadRequestError.
    """
    if version != HTTP_1_1:
        require_version(version)
    if method == "CONNECT":
        raise MethodNotAllowedError("This server is no proxy; send a GET or a POST.", allow="GET, POST")
    host = headers.get(b"host")
    if host is None:
        if version == HTTP_1_1:
            raise BadRequestError("The header Host is missing; HTTP/1.1 needs it once.")
    elif len(host) > MAX_HOST_BYTES or not is_host(host):
        raise BadRequestError("The header Host must be one name or address, with or without a port.")
    if b"transfer-encoding" in headers:
        require_chunked(headers[b"transfer-encoding"].lower(), version)


def require_version(version: str) -> None:
    """Refuse what is neither HTTP/1.1 nor HTTP/1.0: raises BadRequestError or HttpVersionError."""
    if version == HTTP_0_9:
        raise no_version()
    if version != HTTP_1_0:
        raise HttpVersionError(f"HTTP/{version} is not spoken here; send HTTP/1.1.")


def no_version() -> BadRequestError:
    """Return the refusal of HTTP/0.9."""
    return BadRequestError("The request line names no version; send HTTP/1.1.")


def require_chunked(coding: bytes, version: str) -> None:
    """Refuse a body whose end can't be told, or whose coding isn't known (RFC 9112, 6.1).

    Raises BadRequestError or UnknownCodingError.
    """
    if version != HTTP_1_1:
        raise BadRequestError("HTTP/1.0 has no Transfer-Encoding; send Content-Length.")
    if coding.rpartition(b",")[2].strip() != b"chunked":
        raise find_fault("transfer-encoding")
    if coding != b"chunked":
        raise UnknownCodingError(
            "Of codings only `chunked` is known here; leave the others out of Transfer-Encoding."
        )


@lru_cache(maxsize=256)
def is_host(value: bytes) -> bool:
    """Return whether a value of Host is one; an empty one is (RFC 9112, 3.2)."""
    return _HOST.fullmatch(value) is not None


def split_target(target: bytes, method: str) -> tuple[bytes | None, bytes]:
    """Return whom a target names besides its path, if anyone, and its path with its query.

    Raises BadRequestError for a target that is neither a path nor the URL of one.
    """
    if target == b"*" and method == "OPTIONS":
        return None, target
    found = _ABSOLUTE.fullmatch(target)
    if found is None or not is_host(found[1]):
        raise find_fault("url")
    path = found[2]
    return found[1], path if path.startswith(b"/") else b"/" + path


def take_target_apart(
    method: str, target: bytes, header_list: list[tuple[bytes, bytes]], headers: dict[bytes, bytes]
) -> bytes:
    """Return a target's path; whom a whole URL names stands in place of Host from then on (RFC 9112, 3.2.2)."""
    authority, path = split_target(target, method)
    if authority is not None:
        headers[b"host"] = authority
        header_list[:] = [(name, authority if name == b"host" else value) for name, value in header_list]
    return path


def require_size(method: str, target: bytes, headers: HeaderList) -> int:
    """Return the bytes of a head, written as briefly as can be; raises HeadersTooLargeError for too many."""
    size = len(f"{method}  HTTP/1.1\r\n\r\n") + len(target) + sum(map(size_of_line, headers))
    if size > MAX_HEAD_BYTES:
        raise too_large()
    return size


def size_of_line(header: tuple[bytes, bytes]) -> int:
    """Return the bytes of a header with its colon, a blank and CRLF."""
    return len(header[0]) + len(header[1]) + 4


def too_large() -> HeadersTooLargeError:
    """Return the refusal of too long a head."""
    return HeadersTooLargeError(f"The request line and the headers are longer than {MAX_HEAD_BYTES} bytes.")


def without_upgrade(method: bytes, target: bytes, version: str, headers: HeaderList) -> bytes:
    """Return a head in bytes that asks for the same, and for no other protocol (RFC 9110, 7.8)."""
    lines = b"".join(b"%b: %b\r\n" % header for header in headers if header[0] != b"upgrade")
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, target, version.encode(), lines)


def expects_answer(version: str, expectation: bytes) -> bool:
    """Return whether a client waits before it sends its body; HTTP/1.0 knows no such thing (RFC 9110, 10.1.1)."""
    return version != HTTP_1_0 and expectation.lower() == b"100-continue"


def is_handshake(method: str, version: str, headers: Headers) -> bool:
    """Return whether a request opens a WebSocket (RFC 6455, 4.1): a GET, without a body and with all it needs."""
    is_for_one = method == "GET" and version == HTTP_1_1 and headers.get(b"upgrade", b"").lower() == b"websocket"
    return (
        is_for_one
        and headers.keys().isdisjoint({b"content-length", b"transfer-encoding"})
        and headers.get(b"sec-websocket-version") == b"13"
        and _KEY.fullmatch(headers.get(b"sec-websocket-key", b"")) is not None
    )
