"""Bytes on a socket, and the answers that come back."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.graph.conftest import Server

BODY = b'{"query":"{__typename}"}'
TYPENAME = {"data": {"__typename": "Query"}}


@dataclass(frozen=True)
class Answer:
    """One answer: its status, its headers by name in lower case, its body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """The code of its one error, which has the one shape."""
        [error] = self.json()["errors"]
        assert {"code", "status", "traceId", "timestamp", "help"} <= set(error["extensions"])
        assert error["extensions"]["status"] == self.status
        assert self.headers["content-type"] == "application/json; charset=utf-8"
        return str(error["extensions"]["code"])


class Client:
    """One connection to a server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._read = b""

    def send(self, content: bytes, *, piece: int = 0) -> bool:
        """Send bytes, in pieces of a size if one is given; return whether the server still took them."""
        try:
            for start in range(0, len(content), piece or len(content)):
                self._connection.sendall(content[start : start + (piece or len(content))])
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def answer(self) -> Answer:
        """Read one answer whole, past what is said before it (100)."""
        head = self._until(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        status = int(line.split()[1])
        if status == 100:
            return self.answer()
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
        assert len(headers) == len(lines), lines
        size = int(headers.get("content-length", 0))
        while len(self._read) < size:
            self._more()
        content, self._read = self._read[:size], self._read[size:]
        return Answer(status, headers, content)

    def is_closed(self) -> bool:
        """Return whether nothing more comes: waits until the server has closed, or has said more."""
        try:
            return not self._read and not self._connection.recv(1)
        except ConnectionResetError:
            return True

    def _until(self, end: bytes) -> bytes:
        while end not in self._read:
            self._more()
        found, _, self._read = self._read.partition(end)
        return found

    def _more(self) -> None:
        chunk = self._connection.recv(65536)
        assert chunk, f"closed after {self._read!r}"
        self._read += chunk


@contextmanager
def connected(server: Server) -> Iterator[Client]:
    """Connect to a server for the life of the block; what doesn't come in 20 seconds is an error."""
    address = (server.client.base_url.host, server.client.base_url.port or 0)
    with socket.create_connection(address, timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Client(connection)


def post(*lines: bytes, body: bytes = BODY, path: bytes = b"/graphql") -> bytes:
    """A POST with these lines in its head besides Host and the media type, and a body of any kind as it is."""
    head = (b"POST " + path + b" HTTP/1.1", b"Host: localhost", b"Content-Type: application/json", *lines)
    return b"\r\n".join([*head, b"", body])


def sized(*lines: bytes, body: bytes = BODY, path: bytes = b"/graphql") -> bytes:
    """The same with the length of its body."""
    return post(*lines, b"Content-Length: %d" % len(body), body=body, path=path)


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks) + b"0\r\n" + trailers + b"\r\n"
