"""GET /files/{id}: whoever has a link reads that file from any byte on, for as long as the link is good."""

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from db.engine import Database
from graph import links
from graph.app import create_app
from graph.parts import worker_of
from graph.settings import Settings
from tests.graph.conftest import Server, bearer

ASK = 'mutation { exportCompanies(input: {fields: "npi name"}) { job { id } } }'
READ = "query($id: ID!) { job(id: $id) { file { url sha256 bytes name } } }"


@pytest.fixture
def settings(sample_copy: str, settings_for: Callable[..., Settings], tmp_path: Path) -> Settings:
    """The settings of a server that leaves jobs to others."""
    return settings_for(sample_copy, files_dir=tmp_path / "files", jobs_in_serve=False)


@pytest.fixture
def exporter(settings: Settings, serve: Callable[[ASGIApp], AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server on a directory of its own."""
    with serve(create_app(settings)) as running:
        yield running


async def exported(server: Server, settings: Settings) -> Any:
    """The file of an export."""
    headers = {"authorization": bearer("PARTNER")}
    id_ = server.post(ASK, None, **headers).json()["data"]["exportCompanies"]["job"]["id"]
    url = settings.database_url
    assert url is not None
    async with Database.open(url.get_secret_value()) as database:
        assert await worker_of(settings, database, "somebody").try_next()
    return server.post(READ, {"id": id_}, **headers).json()["data"]["job"]["file"]


async def test_a_download_goes_on_where_it_broke_off(exporter: Server, settings: Settings) -> None:
    file = await exported(exporter, settings)
    whole = exporter.client.get(file["url"])
    assert (whole.status_code, len(whole.content)) == (200, file["bytes"])
    assert whole.headers["content-type"] == "application/gzip"
    assert whole.headers["etag"] == f'"{file["sha256"]}"'
    assert whole.headers["content-length"] == str(len(whole.content))
    assert whole.headers["content-disposition"] == f'attachment; filename="{file["name"]}"'
    assert "content-encoding" not in whole.headers
    assert gzip.decompress(whole.content).count(b"\n") > 200
    begun = {"range": "bytes=100-", "if-range": whole.headers["etag"]}
    rest = exporter.client.get(file["url"], headers=begun)
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    assert rest.headers["content-range"] == f"bytes 100-{len(whole.content) - 1}/{len(whole.content)}"
    other = exporter.client.get(file["url"], headers={**begun, "if-range": '"another"'})
    assert (other.status_code, other.content) == (200, whole.content)
    beyond = exporter.client.get(file["url"], headers={"range": "bytes=99999999-"})
    assert beyond.status_code == 416
    head = exporter.client.head(file["url"])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", f"{file['bytes']:.0f}")


async def test_only_what_a_link_says_is_read_and_only_while_it_is_good(
    exporter: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = await exported(exporter, settings), await exported(exporter, settings)
    place, query = first["url"].split("?")
    expires = str(int(query.split("&")[0].removeprefix("expires=")) + 1)
    for bad in (
        place,
        f"{second['url'].split('?')[0]}?{query}",
        f"{place}?expires={expires}&{query.split('&')[1]}",
        f"{place}?expires=x&signature=\u00e9",
        f"/files/00000000-0000-4000-8000-000000000000?{query}",
    ):
        answer = exporter.client.get(bad)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN"), bad
    assert exporter.client.get("/files/../app.py").status_code == 404
    now = time.time()
    monkeypatch.setattr("graph.links.time.time", lambda: now + links.LIFETIME + links.STEP)
    assert exporter.client.get(first["url"]).status_code == 403
    monkeypatch.undo()
    (tmp_path / "files" / first["name"]).unlink()
    gone: httpx2.Response = exporter.client.get(first["url"])
    assert (gone.status_code, gone.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert exporter.client.get(second["url"]).status_code == 200
