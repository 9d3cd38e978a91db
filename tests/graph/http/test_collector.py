"""What a read leaves to Python's garbage collector, whose walks make other requests wait: nothing."""

import json
import socket
import time

import pytest

from tests.graph.conftest import Server
from tests.graph.leavings import leavings

READS = {
    "compiled": "{ companies(first: 5) { nodes { npi locations { nodes { id } } } } }",
    "several statements": "{ companies(first: 5) { totalCount { value } nodes { npi locations(first: 2) { pageInfo { hasNextPage } } } } }",  # noqa: E501
    "refused field": "{ companies(first: 5) { nodes { npi taxId } } }",
    "field that fails": '{ node(id: "nonsense") { id } }',
    "not found": '{ company(npi: "1234567893") { npi } }',
}


def post(server: Server, query: str, spaces: int) -> None:
    # A body of other bytes is another one to the answers that are kept.
    body = json.dumps({"query": query}) + " " * spaces
    answer = server.client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200


@pytest.mark.parametrize("query", READS.values(), ids=READS.keys())
def test_a_read_leaves_nothing_to_the_collector(server: Server, query: str) -> None:
    # At its first sight an operation is interpreted.
    for spaces in range(5):
        post(server, query, spaces)
    with leavings() as found:
        for spaces in range(5, 15):
            post(server, query, spaces)
            # Its answer may have been kept.
            post(server, query, spaces)
    assert not found


@pytest.mark.slow
def test_requests_that_wait_behind_another_are_not_left_when_their_client_leaves(server: Server) -> None:
    body = b'{"query":"{companies(first:200){nodes{locations(first:20){nodes{id name address{formatted}}}}}}"}'
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    host = server.client.base_url
    with leavings() as found:
        for _ in range(20):
            with socket.create_connection((host.host, host.port or 80)) as client:
                client.sendall((head % len(body) + body) * 100)
                time.sleep(0.02)
        # Until the server has seen that they are gone.
        time.sleep(2)
        post(server, READS["not found"], 0)
    # Those that were running or arriving go with their connection; the hundred that waited behind them don't.
    assert found.count("Exchange") <= 2 * 20


def test_what_is_left_is_seen(server: Server) -> None:
    with leavings() as found:
        post(server, "{ companies(first: 1) { nodes { nonsense } } }", 0)
    assert "DocumentNode" in found
