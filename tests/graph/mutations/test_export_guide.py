"""The page about exports: its operations are run as they stand there, one after the other."""

import re
from pathlib import Path
from typing import Any

from db.engine import Database
from graph.execution.run import Runner
from graph.files import Files
from graph.jobs.worker import Worker
from tests.graph.mutations.conftest import OBRIEN, Mutate
from tests.graph.mutations.test_jobs import PARTNER

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "export.md"
OPERATIONS = re.findall(r"```graphql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_page_can_be_followed(mutate: Mutate, written: Database, runner: Runner, tmp_path: Path) -> None:
    worker = Worker(written, runner, Files(tmp_path), "somebody")
    found: dict[str, Any] = {}
    known: dict[str, Any] = {"filter": {"npi": [OBRIEN]}}
    for operation in OPERATIONS:
        [name] = re.findall(r"^(?:query|mutation) (\w+)", operation)
        if name == "Look":
            await worker.try_next()
        given = {each: known[each] for each in re.findall(r"\$(\w+):", operation.partition("{")[0])}
        answer = await mutate(operation, given, PARTNER)
        assert "errors" not in answer, answer
        found[name] = answer["data"]
        if name == "Ask":
            known["id"] = answer["data"]["exportCompanies"]["job"]["id"]
        if name == "Look":
            known["cursor"] = answer["data"]["job"]["file"]["cursor"]
    assert found["Look"]["job"]["state"] == "SUCCEEDED"
    assert found["Look"]["job"]["file"]["rows"] == 1
    assert found["Cancel"]["cancelJob"]["userErrors"][0]["code"] == "INVALID"
    assert found["Follow"]["changes"]["nodes"] == []
