"""The page about listening: its subscription, its commands and its program are run as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.http.frames import Frames
from graph.settings import Settings
from tests.graph.conftest import Server, bearer
from tests.graph.events.listening import listening
from tests.graph.events.test_event_stream import edit, newest
from tests.graph.mutations.conftest import OBRIEN

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "subscriptions.md").read_text(encoding="utf-8")
OPERATIONS = {
    each.split()[1].partition("(")[0]: each for each in re.findall(r"```graphql\n(.*?)```", TEXT, re.DOTALL)
}
[CURL] = re.findall(r"```console\n\$ (curl .*?[^\\])\n(.*?)```", TEXT, re.DOTALL)
PROGRAMS = dict(re.findall(r"```python (\w+\.py)\n(.*?)```", TEXT, re.DOTALL))

PARTNER = bearer("partner")
ENVIRONMENT = {**os.environ, "TOKEN": PARTNER.removeprefix("Bearer ")}


@pytest.fixture
def own(
    sample_copy: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Iterator[Server]:
    """A server whose directory may be changed."""
    with serve(create_app(settings_for(sample_copy))) as running:
        yield running


@contextmanager
def printing(*command: str) -> Iterator[IO[str]]:
    """What a program prints, until it is killed."""
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            yield program.stdout
        finally:
            program.kill()


def address(server: Server) -> str:
    """Where a server is."""
    return str(server.client.base_url).rstrip("/")


async def test_the_subscription_tells_all_that_it_asks_for(own: Server) -> None:
    before = newest(own)
    edit(own, "one")
    for name, field in (("Changes", "changes"), ("Left", "companyChanged")):
        async with listening(own, OPERATIONS[name], {"after": before}, authorization=PARTNER) as listener:
            change = (await listener.data())["data"][field]
        assert change["company"]["website"] == "https://one.example"
        assert [each["new"] for each in change["fields"]] == ["https://one.example"]


async def test_the_live_query_shows_what_becomes_of_its_company(own: Server) -> None:
    async with listening(own, OPERATIONS["Shown"], {"npi": OBRIEN}, authorization=PARTNER) as listener:
        shown = (await listener.data())["data"]["company"]
        edit(own, "one")
        assert (await listener.data())["data"]["company"] == {**shown, "website": "https://one.example"}


def test_curl_shows_what_the_page_shows(own: Server) -> None:
    command, shown = CURL
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    own_command = f"exec {command.replace('http://127.0.0.1:8000', address(own))} --silent"
    with printing("sh", "-c", own_command) as printed:
        lines = [printed.readline() for _ in shown.splitlines()]
    alike = [re.sub(r'"npi":"\d+"', "", "".join(each)) for each in (lines, shown)]
    assert alike[0] == alike[1]


@pytest.mark.parametrize(("name", "scheme", "path"), [("listen.py", "http", ""), ("talk.py", "ws", "/graphql")])
def test_a_program_goes_on_when_its_connection_is_lost(
    own: Server, tmp_path: Path, name: str, scheme: str, path: str
) -> None:
    file = tmp_path / name
    file.write_text(PROGRAMS[name], encoding="utf-8")
    url = address(own).replace("http", scheme, 1) + path
    with printing(sys.executable, str(file), url, newest(own)) as printed:
        for website in ("one", "two", "three"):
            edit(own, website)
            change = json.loads(printed.readline())["data"]["changes"]
            assert (change["npi"], change["company"]["website"]) == (OBRIEN, f"https://{website}.example")
            for connection in filter(is_listening, list(own.process.server_state.connections)):
                own.process.servers[0].get_loop().call_soon_threadsafe(connection.transport.abort)


def is_listening(connection: Any) -> bool:
    """Whether a connection goes on and on."""
    return isinstance(connection, Frames) or not connection.cycle.response_complete
