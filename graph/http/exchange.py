"""One request from its head to its answer: all that travels with it, under the one key of ours in its scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import getrandbits
from time import perf_counter
from typing import Any, Final, Self

from starlette.types import Message, Scope, Send

from graph.cache.answers import Key
from graph.http import media
from graph.telemetry.logs import EndedRequest
from graph.telemetry.traces import TRACEPARENT, trace_id_of
from graph.viewer import ANONYMOUS, Viewer

KEY: Final = "ariesone.exchange"

Headers = Mapping[bytes, bytes]

# Writes an answer (status, content type, content, further headers) at once; False where that can't be done.
Writer = Callable[[int, bytes, bytes, Mapping[str, str]], bool]


@dataclass(slots=True, eq=False)
class Exchange:
    """A request, and what becomes known of it on its way."""

    method: str
    path: str
    query_string: bytes
    # As they came, and by their name in lower case: of one that stands twice, the first.
    header_list: Sequence[tuple[bytes, bytes]]
    headers: Headers
    # The address and port that it came from; those that a trusted proxy names, where there is one.
    client: tuple[str, int] | None
    # Its caller's (W3C traceparent), or a new one.
    trace_id: str
    # When its head was here, on the clock of perf_counter.
    began: float
    # Whether the server was told to stop.
    is_stopping: bool = False

    # What the endpoint finds out, step by step.
    media_type: str = media.JSON
    viewer: Viewer = ANONYMOUS
    explains: bool = False
    # Where its answer may be kept, and the state of the directory when it was looked for.
    kept_as: tuple[Key, int | None] | None = None
    operation_name: str | None = None

    # What has been answered: 0 where nothing was, and the bytes of the body.
    status: int = 0
    size: int = 0
    # What its connection answered in the application's place, while the body was still arriving.
    refused_status: int = 0

    # The short way back, where the connection has one and nobody else wants to see the answer or add to it.
    writer: Writer | None = None

    # Whether nobody waits for the answer any more, and what is called when that comes about.
    is_gone: bool = False
    _leavings: list[Callable[[], object]] = field(default_factory=list)

    @classmethod
    def begin(cls, scope: Scope) -> Self:
        """Return the exchange of a request whose head is here."""
        headers = dict(reversed(scope["headers"]))
        return cls(
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope["headers"],
            headers,
            scope.get("client"),
            trace_id_in(headers),
            perf_counter(),
        )

    def on_leave(self, abandon: Callable[[], object]) -> None:
        """Have something called when the client leaves before it was answered: at once if it has left."""
        if self.is_gone:
            abandon()
        else:
            self._leavings.append(abandon)

    def leave(self) -> None:
        """Note that the client has left, and call what waits for that."""
        self.is_gone = True
        for abandon in self._leavings:
            abandon()
        self.forget()

    def forget(self) -> None:
        """Let go of the connection and the operation: what is answered goes at once, without the collector."""
        self.writer = None
        self._leavings.clear()

    def try_write(self, status: int, content_type: bytes, content: bytes, headers: Mapping[str, str]) -> bool:
        """Answer by the short way back; return False where there is none."""
        if self.writer is None or not self.writer(status, content_type, content, headers):
            return False
        self.status, self.size = status, len(content)
        return True

    def watch(self, send: Send) -> Send:
        """Return a `send` that notes what is answered."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            else:
                self.size += len(message.get("body", b""))
            await send(message)

        return noted

    def ended(self, endpoint: str) -> EndedRequest:
        """Return what telemetry is told; `endpoint` is the template of the route that was taken."""
        return EndedRequest(
            self.method,
            endpoint,
            self.refused_status or self.status,
            self.size,
            perf_counter() - self.began,
            self.trace_id,
            self.operation_name,
        )


def exchange_of(scope: Any) -> Exchange:  # noqa: ANN401 - uvicorn's and Starlette's types of it differ
    """Return the exchange in a scope, begun here where the connection isn't ours."""
    found: Exchange | None = scope.get(KEY)
    if found is None:
        found = scope[KEY] = Exchange.begin(scope)
    return found


def trace_id_in(headers: Headers) -> str:
    """Return the trace that headers name, or a new one."""
    given = headers.get(TRACEPARENT)
    # A new one needn't be a secret, so it needn't come from the kernel.
    return (given and trace_id_of(given)) or f"{getrandbits(128):032x}"
