import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench import wrk
from bench.answers import Requests
from bench.servers import HOST, Running, Server

pytestmark = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk isn't installed")

ANSWERS = {
    b"good": b'{"data":{"company":{"name":"long enough"}}}',
    b"null": b'{"data":{"company":null}}',
    b"fail": b'{"data":{"company":{"name":"long enough"}},"errors":[{"message":"x"}]}',
}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            content = ANSWERS[await reader.readexactly(length)]
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(content) + content)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


@pytest.fixture
async def up() -> AsyncIterator[Running]:
    server = await asyncio.start_server(answer, HOST, 0)
    yield Running(Server("x", [], Path()), 0, server.sockets[0].getsockname()[1])
    server.close()


@pytest.mark.parametrize(("bodies", "is_good"), [("good", True), ("good\nnull", False), ("good\nfail", False)])
async def test_answers_that_are_not_good_are_counted(
    up: Running, tmp_path: Path, bodies: str, is_good: bool  # noqa: FBT001
) -> None:  # fmt: skip
    path = tmp_path / "bodies"
    path.write_text(bodies)
    load = await asyncio.to_thread(wrk.put, up, Requests(path, 30, []), 0.2)
    assert load.requests > 16
    assert load.broken == load.refused == 0
    assert (load.wrong == 0) is is_good
    assert load.seconds >= 0.2
    assert 0 < load.p50 <= load.p99


async def test_a_load_goes_on_where_the_last_one_ended(up: Running, tmp_path: Path) -> None:
    path = tmp_path / "bodies"
    path.write_text("good\n" * 16 + "null\n" * 100_000)
    requests = Requests(path, 30, [], place=16)
    load = await asyncio.to_thread(wrk.put, up, requests, 0.1)
    assert load.wrong == load.requests
    assert requests.place == 16 + load.requests
