"""Log lines: JSON for machines, one line for people, and what is said at the start."""

import asyncio
import gc
import io
import json
import logging
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from graph.app import create_app
from graph.commands.logs import OURS, SILENT, configure_logging, shows_colours
from graph.settings import Settings
from graph.telemetry.logs import EndedRequest, request_log
from graph.telemetry.operations import ToldOperation
from graph.telemetry.requests import SECONDS, telling
from tests.graph.commands.conftest import Server


def ended_requests(lines: Iterable[str]) -> Counter[str]:
    """The operations that lines of ECS tell of, and how often each."""
    found = [json.loads(line) for line in lines if line.startswith("{")]
    asked = [each for each in found if each["message"] == "request" and each["url"]["path"] == "/graphql"]
    return Counter(each["graphql"]["operation"]["name"] for each in asked)


@pytest.mark.slow
def test_two_processes_write_the_lines_to_standard_error_and_to_one_file_that_is_rotated(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    server = serve(LOG_FILE="logs/ariesone.log", LOG_FILE_BYTES="6000", LOG_FILE_COUNT="100", WORKERS="2")
    asked = Counter(f"Number{number}" for number in range(60))
    for name in asked:
        # Each over a connection of its own, which the system gives to either process.
        server.ask(f"query {name} {{ __typename }}")
    assert server.end(signal.SIGTERM) == 0
    files = sorted((tmp_path / "logs").iterdir())
    assert {file.name for file in files} > {"ariesone.log", "ariesone.log.1", "ariesone.log.2"}
    assert max(file.stat().st_size for file in files) < 40_000
    lines = [line for file in files for line in file.read_text().splitlines()]
    assert ended_requests(lines) == asked
    assert sorted(lines) == sorted(line for line in server.output.read_text().splitlines() if line.startswith("{"))


class Terminal(io.StringIO):
    """Standard error where somebody looks."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def restored() -> Iterator[None]:
    """What is logged, and where to, is as before afterwards."""
    root, stream, most = logging.getLogger(), request_log.stream, telling.most
    loggers = [root, *(logging.getLogger(name) for name in (*OURS, *SILENT))]
    levels, handlers = [each.level for each in loggers], root.handlers[:]
    yield
    for added in set(root.handlers) - set(handlers):
        added.close()
    root.handlers[:], request_log.stream, telling.most = handlers, stream, most
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)


MAIL = "jane.doe@example.org"
NAMED = ToldOperation("Named", "query", goes_on=False, document="0" * 64, label="other", generation=0)
ENDED = EndedRequest("POST", "/graphql", 200, None, None, NAMED, 0, 7, 0.5, "0" * 32, 1.0)


@pytest.mark.usefixtures("restored")
def test_people_read_text_and_the_file_has_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    configure_logging(Settings(_env_file=None, log_file=tmp_path / "ariesone.log"))
    request_log.write([ENDED])
    assert "/graphql Named " in terminal.getvalue()
    assert ended_requests((tmp_path / "ariesone.log").read_text().splitlines()) == {"Named": 1}


@pytest.mark.parametrize(
    ("stream", "environment", "is_coloured"),
    [
        (Terminal, {"TERM": "xterm-256color"}, True),
        (Terminal, {"TERM": "dumb"}, False),
        (Terminal, {"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        (io.StringIO, {"TERM": "xterm-256color"}, False),
    ],
)
def test_only_a_terminal_that_has_colours_is_given_any(
    stream: type[io.StringIO], environment: dict[str, str], *, is_coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", stream())
    assert shows_colours() == is_coloured


@pytest.mark.usefixtures("restored")
def test_the_file_has_text_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    configure_logging(Settings(_env_file=None, log_file=tmp_path / "ariesone.log", log_format="text"))
    request_log.write([ENDED])
    assert "/graphql Named " in (tmp_path / "ariesone.log").read_text()


@pytest.mark.usefixtures("restored")
def test_a_standard_error_that_nobody_reads_fails_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    monkeypatch.setattr(sys, "stderr", closed)
    configure_logging(Settings(_env_file=None))
    closed.close()
    request_log.write([ENDED])


@pytest.mark.usefixtures("restored")
def test_of_libraries_only_warnings_are_told_whatever_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", told := io.StringIO())
    configure_logging(Settings(_env_file=None, log_level="DEBUG", log_format="text"))
    for name in ("ariesone.any", "websockets.server"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logging.getLogger(name).log(level, "%s says %d", name, level)
    assert [line.split(maxsplit=2)[2] for line in told.getvalue().splitlines()] == [
        "ariesone.any says 10",
        "ariesone.any says 20",
        "ariesone.any says 30",
        "websockets.server says 30",
    ]


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("form", ["ecs", "text"])
async def test_an_exception_that_nobody_has_caught_is_told_without_values(
    form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", told := io.StringIO())
    configure_logging(Settings(_env_file=None, log_format=form))

    async def fail() -> None:
        int(MAIL)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    gc.collect()
    assert "Task exception was never retrieved" in told.getvalue()
    assert "ValueError" in told.getvalue()
    assert "in fail" in told.getvalue()
    assert MAIL not in told.getvalue()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing/ariesone.log", "No such file or directory"),
        ("folder", "Is a directory"),
        ("/dev/null", "it is no regular file"),
    ],
)
def test_a_file_that_can_not_be_written_ends_the_start_with_one_sentence(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, path: str, why: str
) -> None:
    (tmp_path / "folder").mkdir()
    ended = command("serve", LOG_FILE=path)
    assert (ended.returncode, ended.stderr) == (1, f"Error: LOG_FILE can't be {path}: {why}.\n")


@pytest.mark.slow
def test_a_file_that_can_not_be_written_any_more_fails_no_request_and_is_told_once(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    server = serve(LOG_FILE="logs/ariesone.log")
    shutil.rmtree(folder)
    for _ in range(5):
        server.ask("query Lost { __typename }")
        # Longer than lines wait for one another.
        time.sleep(2 * SECONDS)
    folder.mkdir()
    server.ask("query Found { __typename }")
    assert server.end(signal.SIGTERM) == 0
    lines = server.output.read_text().splitlines()
    assert ended_requests(lines) == {"Lost": 5, "Found": 1}
    [lost, found] = [json.loads(line)["message"] for line in lines if "LOG_FILE" in line]
    assert lost == "LOG_FILE can't be written (No such file or directory); standard error has each line"
    assert found.startswith("LOG_FILE is written again")
    assert ended_requests((folder / "ariesone.log").read_text().splitlines()) == {"Found": 1}


def request_lines(server: Server) -> list[str]:
    lines = [line for line in server.output.read_text().splitlines() if "/graphql" in line and "200" in line]
    return [line for line in lines if "serves" not in line and "curl" not in line]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["auto", "text"])
def test_where_nobody_looks_lines_are_json_unless_asked_otherwise(serve: Callable[..., Server], form: str) -> None:
    server = serve(LOG_FORMAT=form)
    server.ask("{ __typename }")
    # A line is written when its answer has gone out.
    deadline = time.monotonic() + 5
    while not (found := request_lines(server)):
        assert time.monotonic() < deadline, "no line for the request"
        time.sleep(0.02)
    if form == "auto":
        assert json.loads(found[0])["http"]["response"]["status_code"] == 200
    else:
        assert " POST 200 " in found[0]


async def test_a_cache_that_is_not_there_is_told_once_at_the_start(
    settings_for: Callable[..., Settings], directory_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(directory_url).model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    app = create_app(settings)
    async with app.others.router.lifespan_context(app.others):
        pass
    [record] = [record for record in caplog.records if record.name == "ariesone.cache"]
    assert "REDIS_URL" in record.getMessage()
