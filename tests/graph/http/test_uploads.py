"""PUT /uploads/{id}: whoever has a link sends a file, in bounded memory and on disk as a whole or not at all."""

import asyncio
import gzip
import hashlib
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from starlette.requests import Request
from starlette.types import ASGIApp, Message

from db import uploads as kept
from db.engine import Database, connection_to
from db.failures import DatabaseUnavailableError, OutcomeUnknownError
from graph import links
from graph.app import create_app
from graph.errors import ServiceUnavailableError
from graph.files import Files
from graph.http import uploads
from graph.http import uvicorn as connection
from graph.http.exchange import exchange_of
from graph.http.uploads import PIECE, Uploads
from graph.settings import Settings
from tests.conftest import copied, renamed
from tests.graph.conftest import Server, bearer
from tests.graph.http.raw import connected

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

MAKE = "mutation { createUpload { upload { id url maxBytes expiresAt } userErrors { code } } }"
VERIFY = "mutation($id: ID!) { verifyList(input: {upload: $id}) { job { id } userErrors { code } } }"
LIST = b"1234567893\n2999999909\n"
MOST = 2_000


@pytest.fixture(scope="module")
async def own_url(postgresql_url: str, directory_url: str) -> str:
    """The URL of a directory of these tests' own."""
    await copied(directory_url, "spare", "uploads")
    return renamed(postgresql_url, "uploads")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where files lie."""
    return tmp_path_factory.mktemp("uploads") / "files"


@pytest.fixture(scope="module")
def running(own_url: str, place: Path, serve: Serve, settings_for: Callable[..., Settings]) -> Iterator[Server]:
    """A server that takes small files, and leaves jobs to others."""
    settings = settings_for(own_url, files_dir=place, jobs_in_serve=False, max_upload_bytes=MOST)
    with serve(create_app(settings)) as server:
        yield server


@pytest.fixture
async def receiver(running: Server, own_url: str) -> Server:
    """The server, to which nothing has been sent."""
    async with connection_to(own_url) as connection:
        await connection.execute("DELETE FROM uploads; DELETE FROM jobs")
    return running


@pytest.fixture
def folder(place: Path) -> Iterator[Path]:
    """The folder that a file makes, and what is there is for one test alone."""
    yield place
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def made(server: Server, role: str = "PARTNER") -> Any:
    """A new upload."""
    return server.post(MAKE, None, authorization=bearer(role)).json()["data"]["createUpload"]["upload"]


def put(server: Server, url: str, content: Any = LIST, **headers: str) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.client.put(url, content=content, headers=sent)


def files_in(folder: Path) -> list[bytes]:
    """What the files hold that are there."""
    return [file.read_bytes() for file in folder.iterdir()] if folder.exists() else []


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def test_a_file_is_sent_and_replaced_until_a_job_has_taken_it(receiver: Server, folder: Path) -> None:
    upload = made(receiver)
    assert upload["maxBytes"] == MOST
    packed = gzip.compress(LIST)
    for content in (b"first", packed):
        answer = put(receiver, upload["url"], content)
        digest = hashlib.sha256(content).hexdigest()
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"id": upload["id"], "bytes": len(content), "sha256": digest}
        [file] = folder.iterdir()
        assert file.read_bytes() == content
        assert file.stat().st_mode & 0o077 == 0
    done = receiver.post(VERIFY, {"id": upload["id"]}, authorization=bearer("PARTNER")).json()
    assert done["data"]["verifyList"]["userErrors"] == []
    assert refusal(put(receiver, upload["url"])) == (409, "BAD_REQUEST")
    assert file.read_bytes() == packed
    assert list(folder.iterdir()) == [file]


def test_only_a_good_link_lets_send_and_only_for_its_upload(
    receiver: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = made(receiver), made(receiver)
    place, query = first["url"].split("?")
    expires, signature = query.split("&")
    later = int(expires.removeprefix("expires=")) + 1
    for bad in (
        place,
        f"{second['url'].split('?')[0]}?{query}",
        f"{place}?expires={later}&{signature}",
        f"{place}?expires=x&signature=\u00e9",
        f"/uploads/00000000-0000-4000-8000-000000000000?{query}",
    ):
        assert refusal(put(receiver, bad)) == (403, "FORBIDDEN"), bad
    assert receiver.client.get(first["url"].replace("uploads", "files")).status_code == 403
    assert receiver.client.get(first["url"]).status_code == 405
    assert receiver.client.post(first["url"], content=LIST).status_code == 405
    now = time.time()
    monkeypatch.setattr("graph.links.time.time", lambda: now + links.LIFETIME)
    assert refusal(put(receiver, first["url"])) == (410, "FORBIDDEN")
    assert not folder.exists()


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"x" * (MOST + 1), {}, 413),
        ((b"x" for _ in range(MOST + 1)), {}, 413),
        (b"", {}, 400),
        (LIST, {"content_range": "bytes 0-20/100"}, 400),
        (LIST, {"content_encoding": "br"}, 415),
        (LIST, {"content_encoding": "gzip, br"}, 415),
    ],
    ids=["longer than said", "longer than it may be", "empty", "a part", "packed otherwise", "packed twice"],
)
def test_what_is_not_taken_leaves_no_file(
    receiver: Server, folder: Path, content: Any, headers: dict[str, str], status: int
) -> None:
    answer = put(receiver, made(receiver)["url"], content, **headers)
    assert refusal(answer) == (status, "BAD_REQUEST")
    if status == 415:
        assert answer.headers["accept-encoding"] == "gzip, identity"
    assert files_in(folder) == []


def test_as_much_as_may_be_is_taken_in_chunks_too(receiver: Server, folder: Path) -> None:
    answer = put(
        receiver, made(receiver)["url"], (b"x" * 100 for _ in range(MOST // 100)), content_encoding="GZIP"
    )
    assert answer.json()["bytes"] == MOST
    assert files_in(folder) == [b"x" * MOST]


def head_of(url: str, size: int, *others: str) -> bytes:
    """The head of a PUT with a body of some size."""
    lines = (f"PUT {url} HTTP/1.1", "Host: localhost", f"Content-Length: {size}", *others)
    return "\r\n".join((*lines, "", "")).encode()


def test_who_asks_before_sending_is_refused_before(receiver: Server) -> None:
    upload = made(receiver)
    with connected(receiver) as client:
        client.send(head_of(upload["url"], MOST + 1, "Expect: 100-continue"))
        assert client.answer().status == 413


@pytest.mark.parametrize("ends", ["stalls", "breaks off"])
def test_a_file_that_does_not_come_to_its_end_is_none(
    receiver: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setattr(uploads, "PIECE", 10)
    upload = made(receiver)
    if ends == "stalls":
        monkeypatch.setattr(connection, "PATIENCE", 0.3)
    with connected(receiver) as client:
        client.send(head_of(upload["url"], 100) + LIST)
        if ends == "stalls":
            assert client.answer().status == 408
        else:
            until(lambda: folder.exists() and list(folder.iterdir()) != [])
    until(lambda: list(folder.iterdir()) == [])
    monkeypatch.undo()
    assert put(receiver, upload["url"]).status_code == 200


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def requested(url: str, pieces: AsyncIterator[bytes], database: Database, renew: Callable[[], object]) -> Request:
    """A PUT whose body comes piece by piece."""
    path, _, query = url.partition("?")
    scope = {
        "type": "http", "method": "PUT", "path": path, "query_string": query.encode(), "headers": [],
        "state": {"database": database}, "path_params": {"id": path_id(url)},
    }  # fmt: skip

    async def receive() -> Message:
        piece = await anext(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    exchange_of(scope).renew = renew
    return Request(scope, receive)


def path_id(url: str) -> Any:
    return UUID(url.removeprefix(links.UPLOADS).partition("?")[0])


async def test_each_piece_has_as_long_to_come_and_is_written_before_the_next_is_read(
    receiver: Server, own_url: str, folder: Path
) -> None:
    renewed: list[int] = []

    def renew() -> None:
        renewed.append(size_in(folder))

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * PIECE
        yield b"y"

    async with Database.open(own_url) as database:
        request = requested(made(receiver)["url"], pieces(), database, renew)
        answer = await Uploads(Files(folder), 10 * PIECE).answer(request)
    assert answer.status_code == 200
    assert len(renewed) == 3
    assert renewed == [PIECE, 2 * PIECE, 3 * PIECE]
    assert size_in(folder) == 3 * PIECE + 1


def size_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


async def test_one_file_comes_at_a_time(receiver: Server, own_url: str, folder: Path) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"slow"
        begun.set()
        await goes_on.wait()

    async def at_once() -> AsyncIterator[bytes]:
        yield b"fast"

    url, receiving = made(receiver)["url"], Uploads(Files(folder), MOST)
    async with Database.open(own_url) as database:
        first = asyncio.create_task(receiving.answer(requested(url, slowly(), database, list)))
        await begun.wait()
        with pytest.raises(ServiceUnavailableError):
            await receiving.answer(requested(url, at_once(), database, list))
        goes_on.set()
        assert (await first).status_code == 200
        assert (await receiving.answer(requested(url, at_once(), database, list))).status_code == 200
    assert files_in(folder) == [b"fast"]


@pytest.mark.parametrize(("error", "left"), [(DatabaseUnavailableError, 0), (OutcomeUnknownError, 1)])
def test_what_cannot_be_recorded_is_removed_unless_it_may_have_been(
    receiver: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception], left: int
) -> None:
    async def fail(*_: object) -> None:
        raise error("away")

    monkeypatch.setattr(kept, "receive", fail)
    assert refusal(put(receiver, made(receiver)["url"])) == (503, "SERVICE_UNAVAILABLE")
    assert len(list(folder.iterdir())) == left


def test_a_disk_that_takes_nothing_is_told(
    receiver: Server, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.touch()
    assert refusal(put(receiver, made(receiver)["url"])) == (503, "SERVICE_UNAVAILABLE")
    assert "can't be written" in caplog.text


async def test_an_owner_keeps_the_newest_files_and_those_that_jobs_need(
    receiver: Server, own_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_FILES", 1)
    needed, *others = (made(receiver) for _ in range(4))
    another = made(receiver, "ADMIN")
    for upload in (needed, another, *others[:2]):
        assert put(receiver, upload["url"], upload["id"].encode()).status_code == 200
        if upload is needed:
            receiver.post(VERIFY, {"id": upload["id"]}, authorization=bearer("PARTNER"))
    assert put(receiver, others[2]["url"], others[2]["id"].encode()).status_code == 200
    left = {needed["id"], another["id"], others[1]["id"], others[2]["id"]}
    assert {content.decode() for content in files_in(folder)} == left
    async with connection_to(own_url) as database:
        assert {f"upload:{row['id']}" for row in await database.fetch("SELECT id FROM uploads")} == left
