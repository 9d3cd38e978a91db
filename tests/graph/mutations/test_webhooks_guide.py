"""The page about webhooks: its operations and its program are run as they stand there, one after the other."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from graph.identity.viewer import Viewer
from tests.graph.mutations.conftest import Mutate

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
OPERATIONS = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
[OWN] = re.findall(r"```graphql own\n(.*?)```", GUIDE, re.DOTALL)
[PROGRAM] = re.findall(r"```python receive.py\n(.*?)```", GUIDE, re.DOTALL)

PARTNER = Viewer("somebody", frozenset({"PARTNER"}))


@contextmanager
def receiving(program: Path, port: int, secret: str) -> Iterator[IO[str]]:
    """What the page's program prints."""
    command = (sys.executable, str(program), str(port), secret)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            assert running.stdout is not None
            while True:
                with socket.socket() as tried:
                    if not tried.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.02)
            yield running.stdout
        finally:
            running.kill()


@pytest.mark.usefixtures("open_checker")
async def test_the_page_can_be_followed(mutate: Mutate, tmp_path: Path) -> None:
    program = tmp_path / "receive.py"
    program.write_text(PROGRAM, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found: dict[str, Any] = {}
    known: dict[str, Any] = {"url": f"http://127.0.0.1:{port}/hook", "document": OWN, "from": "0"}

    async def follow(operation: str) -> Any:
        [name] = re.findall(r"^(?:query|mutation) (\w+)", operation)
        given = {each: known[each] for each in re.findall(r"\$(\w+):", operation.partition("{")[0])}
        answer = await mutate(operation, given, PARTNER)
        assert "errors" not in answer, answer
        [found[name]] = answer["data"].values()
        assert not found[name].get("userErrors"), found[name]
        return found[name]

    register, *others = OPERATIONS
    registered = await follow(register)
    known["webhook"] = registered["webhook"]["id"]
    with receiving(program, port, registered["secret"]) as printed:
        for each in others:
            await follow(each)
        event = json.loads(printed.readline())
    assert event == json.loads(found["Try"]["trial"]["body"])
    assert found["Try"]["trial"]["status"] == 204
    assert registered["webhook"]["variables"]["filter"]["states"] == ["TX"]
    assert found["RegisterOwn"]["webhook"]["topics"] is None
    assert found["Look"]["deliveries"]["nodes"] == []
    assert (found["GoOn"]["webhook"]["isEnabled"], found["Replay"]["webhook"]["cursor"]) == (True, "0")
    assert found["Rotate"]["secret"] not in (None, registered["secret"])
