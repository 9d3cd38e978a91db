"""What a read leaves to Python's garbage collector, whose walks make other requests wait: nothing."""

import json

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
    # At its first sights an operation goes to graphql-core.
    for spaces in range(5):
        post(server, query, spaces)
    with leavings() as found:
        for spaces in range(5, 15):
            post(server, query, spaces)
            # Its answer may have been kept.
            post(server, query, spaces)
    assert not found


def test_what_is_left_is_seen(server: Server) -> None:
    with leavings() as found:
        post(server, "{ companies(first: 1) { nodes { nonsense } } }", 0)
    assert "DocumentNode" in found
