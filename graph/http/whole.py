"""A whole answer in one write, past the two steps that ASGI takes for it."""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

# The key of a scope under which a connection puts its own part of a request and its answer.
CYCLE = "ariesone.cycle"
# The key of a scope that says that it went round all middleware: none waits to see the answer, or to add to it.
STRAIGHT = "ariesone.straight"


@lru_cache(maxsize=256)
def head_of(status: int, content_type: bytes) -> bytes:
    """Return the part of a head that answers of one kind share."""
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode("ascii")
    return line + b"content-type: " + content_type + b"\r\n"


def is_written(
    cycle: RequestResponseCycle, status: int, content_type: bytes, content: bytes, headers: Mapping[str, str]
) -> bool:
    """Write an answer to a POST; False where it must wait for what was written before."""
    if cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    head = [head_of(status, content_type)]
    head += [b"%b: %b\r\n" % header for header in cycle.default_headers]
    head += [f"{name}: {value}\r\n".encode("ascii") for name, value in headers.items()]
    if not cycle.keep_alive:
        head.append(b"connection: close\r\n")
    head.append(b"content-length: %d\r\n\r\n" % len(content))
    cycle.transport.write(b"".join([*head, content]))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def is_gone(scope: Mapping[str, Any]) -> bool:
    """Return whether nobody waits for a request's answer any more."""
    return CYCLE in scope and scope[CYCLE].disconnected


async def answer(
    scope: Mapping[str, Any],
    send: Send,
    status: int,
    content_type: bytes,
    content: bytes,
    headers: Mapping[str, str],
) -> None:
    """Answer a request: at once where its connection can, else as ASGI has it."""
    cycle = scope.get(CYCLE)
    if cycle and scope.get(STRAIGHT) and is_written(cycle, status, content_type, content, headers):
        return
    head = [(b"content-type", content_type), (b"content-length", b"%d" % len(content))]
    head += [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": content})
