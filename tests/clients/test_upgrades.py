"""What offers HTTP/2 over plain HTTP: Java's client and `curl --http2`, themselves and by their bytes."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.clients.conftest import token
from tests.clients.environments import required
from tests.clients.workshop import Workshop

RECORDED = sorted(Path(__file__).with_name("recorded").glob("*.http"))
ANSWER = {"data": {"dataset": {"companies": {"value": 2000}}}}
PAGE = {"data": {"companies": {"nodes": [{"npi": "2030586814", "name": "ABERNATHY COUNTY HEALTH DEPARTMENT"}]}}}


def replay(base_url: str, sent: bytes, pieces: int) -> tuple[bytes, bytes]:
    """Send bytes in so many pieces, and return the head and the body of the answer."""
    address = urlsplit(base_url)
    size = -(-len(sent) // pieces)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), size):
            connection.sendall(sent[start : start + size])
        received = connection.makefile("rb")
        head = b"".join(iter(received.readline, b"\r\n"))
        length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        return head, received.read(int(length.partition(b":")[2]))


@pytest.mark.parametrize("pieces", [1, 40])
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_what_they_send_is_answered_as_http_1(production: str, recorded: Path, pieces: int) -> None:
    sent = recorded.read_text("ascii").replace("\n", "\r\n").encode()
    head, body = replay(production, sent, pieces)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"upgrade" not in head.lower()
    assert json.loads(body) == ANSWER


@pytest.mark.clients
@pytest.mark.parametrize("name", ["curl", "curl-get", "curl-http2"])
def test_curl_asks_as_the_page_says(python_shop: Workshop, name: str) -> None:
    required("curl", "curl")
    assert json.loads(python_shop.follow(name)) == PAGE


@pytest.mark.clients
def test_curl_gets_the_schema_as_a_file(python_shop: Workshop) -> None:
    required("curl", "curl")
    python_shop.variables["TOKEN"] = token("viewer")
    python_shop.follow("schema-file")
    assert "\ntype Company implements Node " in (python_shop.folder / "schema.graphql").read_text("utf-8")


@pytest.mark.clients
def test_curl_asks_for_several_sets_of_variables(python_shop: Workshop) -> None:
    required("curl", "curl")
    found, refused = map(json.loads, python_shop.follow("curl-sets").splitlines())
    assert found == {"variableIndex": 0, "data": {"company": {"name": "ABERNATHY COUNTY HEALTH DEPARTMENT"}}}
    assert (refused["variableIndex"], refused["errors"][0]["extensions"]["code"]) == (1, "BAD_USER_INPUT")


@pytest.mark.clients
def test_curl_asks_for_a_table(python_shop: Workshop) -> None:
    required("curl", "curl")
    head, first, _ = python_shop.follow("curl-table").splitlines()
    assert head == "cursor,node.npi,node.name"
    assert first.endswith(",2030586814,ABERNATHY COUNTY HEALTH DEPARTMENT")


@pytest.mark.clients
def test_java_asks_as_the_page_says(python_shop: Workshop) -> None:
    required("javac", "default-jdk-headless")
    python_shop.take("Companies.java")
    assert json.loads(python_shop.run("java", "Companies.java")) == PAGE
