"""The page about imports: its operations are run as they stand there, with its two files."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from db import uploads
from db.engine import Database
from db.uploads import Received
from graph.execution.run import Runner
from graph.files import Files
from graph.jobs.worker import Worker
from tests.graph.mutations.conftest import ADMIN, Mutate
from tests.graph.mutations.test_import import rows_of_file

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
OPERATIONS = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
LINES, RESULT = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
[TABLE] = re.findall(r"```csv\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize(("content", "format_"), [(LINES, "NDJSON"), (TABLE, "CSV")])
async def test_the_page_can_be_followed(
    mutate: Mutate, written: Database, runner: Runner, tmp_path: Path, content: str, format_: str
) -> None:
    files = Files(tmp_path)
    worker = Worker(written, runner, files, "somebody")

    async def run(operation: str, **given: Any) -> Any:
        answer = await mutate(operation.replace("format: NDJSON", f"format: {format_}"), given, ADMIN)
        assert "errors" not in answer, answer
        [found] = answer["data"].values()
        assert found.get("userErrors", []) == []
        return found

    upload, check, start, look = OPERATIONS
    id_ = (await run(upload))["upload"]["id"]
    with files.receiving() as file:
        file.write(content.encode())
    received = Received(file.name, file.bytes, file.sha256)
    await uploads.receive(written, UUID(id_.removeprefix("upload:")), received)
    for operation in (check, start):
        job = (await run(operation, upload=id_))["job"]
        assert await worker.try_next()
        found = await run(look, id=job["id"])
        assert (found["state"], found["done"], found["failed"]) == ("SUCCEEDED", 2, 0)
        outcomes = rows_of_file(files.path_of(found["file"]["name"]))
        assert [each["outcome"] for each in outcomes] == ["CREATED", "UPDATED"]
    if format_ == "NDJSON":
        assert outcomes[0] == orjson.loads(RESULT)
