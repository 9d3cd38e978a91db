"""/debug/profile of several processes: each can be chosen, and is watched at its work."""

import re
import signal
import threading
import time
from collections.abc import Callable

import httpx2
import pytest

from tests.graph.commands.conftest import Server

pytestmark = pytest.mark.slow

QUERY = "query Busy($first: Int!) { companies(first: $first) { nodes { locations(first: 3) { nodes { id } } } } }"


def profile(server: Server, **parameters: str) -> str:
    answer = httpx2.get(f"{server.address}/debug/profile", params=parameters, timeout=30, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def process_in(page: str) -> str:
    [found] = re.findall(r"<h1>Profile of process (\d+)</h1>", page)
    return str(found)


def test_each_worker_can_be_chosen(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "2")
    pids = set(re.findall(r"pid=(\d+)", profile(server, seconds="0.05")))
    assert len(pids) == 2
    for pid in pids:
        assert process_in(profile(server, seconds="0.05", pid=pid)) == pid
    # They go on as if nothing had been.
    assert server.ask("{ __typename }")["data"]
    assert server.end(signal.SIGTERM) == 0


def test_what_a_server_does_is_in_its_graph(serve: Callable[..., Server]) -> None:
    server = serve()
    is_over = threading.Event()

    def ask_on() -> None:
        with httpx2.Client(base_url=server.address) as client:
            for number in range(100_000):
                if is_over.is_set():
                    return
                sent = {"query": QUERY, "variables": {"first": 1 + number % 90}}
                client.post("/graphql", json=sent)

    asking = threading.Thread(target=ask_on)
    asking.start()
    time.sleep(0.5)
    page = profile(server, seconds="3")
    is_over.set()
    asking.join()
    names = set(re.findall(r"<title>([^ ]+)", page))
    assert {"RequestResponseCycle.run_asgi", "Entrance.__call__", "GraphQLEndpoint.__call__"} <= names
    # What runs the event loop isn't drawn, and no path of this machine is told.
    assert "graph/commands/listen.py" not in page
    assert "site-packages" not in page
    assert str(server.output.parent) not in page
