"""What a change costs that many listen to: CPU for each that hears it, and how soon the last one does.

    .venv/bin/python -m bench.listeners [--sockets 2000] [--changes 20] [--kinds 1] [--field changes]

It starts `ariesone serve` on an empty folder, opens WebSockets that listen to a field with a company's name and
web site, in so many kinds of subscription, and makes changes of one company, one after the other. A time is from
sending the mutation to hearing of it, so it holds the mutation. Then one listener hears the whole log, as fast as
it comes, and the changes made here again, after all but the last of which the company was changed once more.
"""

import argparse
import asyncio
import json
import os
import re
import secrets
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import httpx2
import uvloop
from pydantic import SecretStr

from graph.identity.development_tokens import development_token
from graph.settings import Settings

HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
)
SUBSCRIPTION = (
    "subscription($after: String) {{ {field}(after: $after) {{ k{kind}: kind company {{ name website }} }} }}"
)
EDIT = "mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { userErrors { code } } }"
# First bytes of frames, and what the second one of a client's begins with.
TEXT, PING, PONG, MASKED = 0x81, 0x89, 0x8A, 0x80
# Says that the length stands in the next two bytes.
LONG = 126
HEAD, LONG_HEAD = 2, 4
# Tokens signed with the development secret, which everybody knows, are verified again and again.
SECRET = secrets.token_hex(32)
# Seconds that the slowest listener may take.
PATIENCE = 60


class Listener(asyncio.Protocol):
    """One socket that listens, with as little work as it takes."""

    def __init__(self, token: str, asked: Mapping[str, object], heard: Callable[[], None]) -> None:
        self._token = token
        self._asked = asked
        self._heard = heard
        self._buffer = b""
        self._is_open = False
        self.is_ready = asyncio.Event()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ask for a WebSocket."""
        self._transport = transport
        transport.write(HANDSHAKE.encode())

    def data_received(self, data: bytes) -> None:
        """Take messages in."""
        self._buffer += data
        if not self._is_open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._is_open, self._buffer = True, self._buffer[end + 4 :]
            self._say("connection_init", {"payload": {"authorization": f"Bearer {self._token}"}})
        while (found := self._take()) is not None:
            self._hear(*found)

    def close(self) -> None:
        """Leave."""
        self._transport.abort()

    def _hear(self, first: int, content: bytes) -> None:
        if first == PING:
            self._write(PONG, content)
        elif b'"type":"next"' in content and b'"errors":' not in content:
            self._heard()
        elif b'"type":"connection_ack"' in content:
            self._subscribe()
            self.is_ready.set()
        elif b"SERVICE_UNAVAILABLE" in content:
            # They come faster than the server has time for.
            asyncio.get_running_loop().call_later(1, self._subscribe)
        else:
            print("unexpected:", content)

    def _subscribe(self) -> None:
        self._say("subscribe", {"id": "1", "payload": self._asked})

    def _take(self) -> tuple[int, bytes] | None:
        """The next frame, if it is whole: its first byte and what it says."""
        if len(self._buffer) < LONG_HEAD:
            return None
        size, begin = self._buffer[1], HEAD
        if size == LONG:
            (size,), begin = struct.unpack_from("!H", self._buffer, HEAD), LONG_HEAD
        if len(self._buffer) < begin + size:
            return None
        first, found = self._buffer[0], self._buffer[begin : begin + size]
        self._buffer = self._buffer[begin + size :]
        return first, found

    def _say(self, type_: str, others: dict[str, object]) -> None:
        self._write(TEXT, json.dumps({"type": type_, **others}).encode())

    def _write(self, first: int, content: bytes) -> None:
        size = len(content)
        length = bytes([MASKED | size]) if size < LONG else struct.pack("!BH", MASKED | LONG, size)
        # A mask of zeros changes nothing.
        self._transport.write(bytes([first]) + length + bytes(4) + content)


def asking(field: str, kind: int, after: str | None) -> Mapping[str, object]:
    """Return a kind of subscription to a field."""
    return {"query": SUBSCRIPTION.format(field=field, kind=kind), "variables": {"after": after}}


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> int:
    """Return the megabytes that a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


async def measure(port: int, pid: int, given: argparse.Namespace) -> None:
    """Print what it costs that all hear of changes, and how soon they do."""
    loop = asyncio.get_running_loop()
    token = development_token(Settings(_env_file=None, token_secret=SecretStr(SECRET)), ["PARTNER", "ADMIN"])
    times: list[float] = []
    sent = 0.0

    def heard() -> None:
        times.append(time.perf_counter() - sent)

    memory = memory_of(pid)
    listeners: list[Listener] = []
    for number in range(given.sockets):
        made = partial(Listener, token, asking(given.field, number % given.kinds, None), heard)
        _, listener = await loop.create_connection(made, "127.0.0.1", port)
        await asyncio.wait_for(listener.is_ready.wait(), PATIENCE)
        listeners.append(listener)
    await asyncio.sleep(2)
    memory = memory_of(pid) - memory
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        asked = {"query": "{ companies(first: 1) { nodes { npi } } dataset { cursor } }"}
        found = (await client.post("/graphql", json=asked)).json()["data"]
        npi, cursor = found["companies"]["nodes"][0]["npi"], found["dataset"]["cursor"]
        began = cpu_of(pid)
        for number in range(given.changes):
            change = {"input": {"npi": npi, "website": f"https://{number}.example"}}
            before, sent = len(times), time.perf_counter()
            await client.post("/graphql", json={"query": EDIT, "variables": change})
            while len(times) < before + given.sockets and time.perf_counter() < sent + PATIENCE:  # noqa: ASYNC110 - an event would be set by each
                await asyncio.sleep(0.005)
        used = cpu_of(pid) - began
    times.sort()
    print(f"{given.sockets} sockets in {given.kinds} kinds, {given.changes} changes: {len(times)} answers heard")
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    print(f"from sending to hearing: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    print(f"CPU of the server for each: {used / len(times) * 1e6:.0f} us; memory for all: {memory} MB")
    for listener in listeners:
        listener.close()
    await asyncio.sleep(1)
    for name, after in (("the whole log", "0"), ("the changes made here", cursor)):
        print(f"{name}: {await catch_up(port, pid, partial(Listener, token, asking(given.field, 0, after)))}")


async def catch_up(port: int, pid: int, listener_to: Callable[..., Listener]) -> str:
    """Return how fast one listener hears what there is."""
    count, last = 0, time.perf_counter()

    def heard() -> None:
        nonlocal count, last
        count, last = count + 1, time.perf_counter()

    began, used = time.perf_counter(), cpu_of(pid)
    made = partial(listener_to, heard)
    _, listener = await asyncio.get_running_loop().create_connection(made, "127.0.0.1", port)
    while time.perf_counter() < last + 1:  # noqa: ASYNC110 - the end is that nothing comes
        await asyncio.sleep(0.05)
    listener.close()
    rate, used = count / (last - began), (cpu_of(pid) - used) / count * 1e6
    return f"{count} changes, {rate:.0f} a second, {used:.0f} us of CPU each"


def main() -> None:
    """Start the server, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=20)
    parser.add_argument("--kinds", type=int, default=1, help="how many different subscriptions there are")
    parser.add_argument("--field", choices=("changes", "companyChanged"), default="changes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ariesone-listeners-") as folder:
        log = Path(folder) / "log"
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
            "TOKEN_SECRET": SECRET,
            "MAX_LISTENERS": str(given.sockets),
            "MAX_LISTENERS_VIEWER": str(given.sockets),
        }
        with log.open("w") as output:
            command = [sys.executable, "-m", "graph", "serve", "--port", "0"]
            server = subprocess.Popen(command, cwd=folder, stderr=output, env=environment)
        try:
            while not (found := re.search(r"serves http://[^:]+:(\d+)", log.read_text())):
                time.sleep(0.1)
            time.sleep(1)
            uvloop.run(measure(int(found[1]), server.pid, given))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
