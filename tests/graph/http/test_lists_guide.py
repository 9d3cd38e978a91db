"""The page about verifying lists: its operations are run as they stand there, and files come and go."""

import gzip
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from db.engine import Database
from graph.app import create_app
from graph.parts import worker_of
from graph.settings import Settings
from tests.graph.conftest import Server, bearer

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "verifying-lists.md"
OPERATIONS = re.findall(r"```graphql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
LIST = "NPI;City\n2999999909;Austin\n12;Miami\n"


async def test_the_page_can_be_followed(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    settings_for: Callable[..., Settings],
    sample_copy: str,
    tmp_path: Path,
) -> None:
    settings = settings_for(sample_copy, files_dir=tmp_path, jobs_in_serve=False)
    with serve(create_app(settings)) as server:

        def run(operation: str, **given: Any) -> Any:
            answer = server.post(operation, given, authorization=bearer("PARTNER")).json()
            assert "errors" not in answer, answer
            [found] = answer["data"].values()
            assert found.get("userErrors", []) == []
            return found

        upload, verify, look = OPERATIONS
        made = run(upload)["upload"]
        assert server.client.put(made["url"], content=LIST).json()["bytes"] == len(LIST)
        job = run(verify, upload=made["id"])["job"]
        async with Database.open(sample_copy) as database:
            assert await worker_of(settings, database, "somebody").try_next()
        file = run(look, id=job["id"])["file"]
        head, *rows = gzip.decompress(server.client.get(file["url"]).content).decode().splitlines()
    assert file["rows"] == len(rows) == 2
    columns = re.findall(r"`(npi_\w+)`", GUIDE.read_text(encoding="utf-8"))
    assert head.split(";") == ["NPI", "City", *columns]
    assert [row.split(";")[:3] for row in rows] == [
        ["2999999909", "Austin", "ACTIVE"], ["12", "Miami", "INVALID_FORMAT"],
    ]  # fmt: skip
