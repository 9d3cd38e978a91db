"""What the server still answers at twice its capacity, and how soon it refuses the rest.

    make bench-overload
    .venv/bin/python -m bench.overload [--seconds 6] [--clients 16]

It starts `ariesone serve` on an empty folder, finds its capacity with clients that wait for each answer, then
sends twice as many requests a second whether they are answered or not.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

# Dear enough that the load generator, which shares the machine, can send twice what the server can bear.
QUERY = json.dumps(
    {"query": "{ companies(first: 100) { nodes { npi name locations { nodes { id updatedAt } } } } }"}
).encode()
HEAD = (
    f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(QUERY)}\r\n\r\n"
)
REQUEST = HEAD.encode() + QUERY
# Connections that requests are sent on, whichever is free.
CONNECTIONS = 400
LENGTH = re.compile(rb"content-length: (\d+)")


@dataclass
class Outcome:
    """The seconds that good answers and refusals took, and how many requests were lost."""

    good: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    lost: int = 0


class Connection(asyncio.Protocol):
    """One connection that sends a request and notes its answer, with as little work as it takes."""

    def __init__(self, outcome: Outcome, ended: Callable[["Connection"], None]) -> None:
        self._outcome = outcome
        self._ended = ended
        self._head = b""
        # Bytes of the answer that haven't come; None before its head has.
        self._left: int | None = None
        self._started = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep what to write to."""
        self._transport = transport

    def ask(self) -> None:
        """Send a request."""
        self._started = time.perf_counter()
        self._head, self._left = b"", None
        self._transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        """Take bytes in until the answer is whole."""
        if self._left is None:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            found = LENGTH.search(self._head, 0, end)
            self._left = end + 4 + (int(found[1]) if found else 0) - len(self._head)
        else:
            self._left -= len(data)
        if self._left <= 0:
            taken = time.perf_counter() - self._started
            is_good = self._head.startswith(b"200", 9) and b'"errors"' not in self._head[:400]
            (self._outcome.good if is_good else self._outcome.refused).append(taken)
            self._ended(self)


async def connections(
    port: int, count: int, outcome: Outcome, ended: Callable[[Connection], None]
) -> list[Connection]:
    """Open connections."""
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Connection(outcome, ended), "127.0.0.1", port) for _ in range(count)
    ]
    return [connection for _, connection in opened]


async def capacity(port: int, clients: int, seconds: float) -> float:
    """Return good answers a second for clients that wait for each."""
    outcome = Outcome()
    is_over = False

    def again(connection: Connection) -> None:
        if not is_over:
            connection.ask()

    for connection in await connections(port, clients, outcome, again):
        connection.ask()
    await asyncio.sleep(seconds)
    is_over = True
    return len(outcome.good) / seconds


async def flood(port: int, rate: float, seconds: float) -> Outcome:
    """Send requests at a rate, on as many connections as that takes."""
    outcome = Outcome()
    idle: list[Connection] = []
    idle += await connections(port, CONNECTIONS, outcome, idle.append)
    started = time.perf_counter()
    sent = 0
    while (now := time.perf_counter()) < started + seconds:
        while sent < (now - started) * rate:
            sent += 1
            if idle:
                idle.pop().ask()
            else:
                outcome.lost += 1
        await asyncio.sleep(0.002)
    # What is under way by now is answered within the second, or lost.
    await asyncio.sleep(1)
    outcome.lost += CONNECTIONS - len(idle)
    return outcome


def percentile(values: list[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    return sorted(values)[int(len(values) * share)] * 1000 if values else 0.0


async def measure(port: int, seconds: float, clients: int) -> None:
    """Print the capacity, and what becomes of twice as much."""
    await capacity(port, clients, 1.0)
    most = await capacity(port, clients, seconds)
    print(f"capacity: {most:.0f} answers/s with {clients} clients")
    began = time.process_time()
    outcome = await flood(port, most * 2, seconds)
    used = time.process_time() - began
    good = len(outcome.good) / seconds
    print(f"at {most * 2:.0f} requests/s: {good:.0f} good answers/s ({good / most:.0%} of capacity)")
    print(f"good answers: p50 {percentile(outcome.good, 0.5):.0f} ms, p99 {percentile(outcome.good, 0.99):.0f} ms")
    print(
        f"refused: {len(outcome.refused) / seconds:.0f}/s, p50 {percentile(outcome.refused, 0.5):.0f} ms, "
        f"p99 {percentile(outcome.refused, 0.99):.0f} ms; not sent for want of a connection: {outcome.lost}"
    )
    print(f"the load generator itself took {used / seconds:.0%} of a core")


def main() -> None:
    """Start the server, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--clients", type=int, default=16)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ariesone-overload-") as folder:
        log = Path(folder) / "log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "graph", "serve", "--port", "0"],
                cwd=folder,
                stderr=output,
                env={
                    **os.environ,
                    "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
                    # Every request is to be run.
                    "CACHE_SECONDS": "0",
                },
            )
        try:
            while not (found := re.search(r"serves http://[^:]+:(\d+)", log.read_text())):
                time.sleep(0.1)
            time.sleep(1)
            uvloop.run(measure(int(found[1]), given.seconds, given.clients))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
