"""Log lines: JSON for machines, one line for people, and what is said at the start."""

import asyncio
import gc
import io
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from graph.app import create_app
from graph.commands.logs import OURS, SILENT, configure_logging
from graph.settings import Settings
from graph.telemetry.forms import TextFormatter
from graph.telemetry.logs import request_log
from tests.graph.commands.conftest import Server


def test_a_line_for_people_says_what_was_asked_and_how_it_went() -> None:
    record = logging.makeLogRecord(
        {
            "levelname": "INFO",
            "msg": "request",
            "http.request.method": "POST",
            "url.path": "/graphql",
            "http.response.status_code": 200,
            "event.duration": 12_300_000,
            "graphql.operation.name": "Header",
            "trace.id": "abc",
        }
    )
    line = TextFormatter().format(record).split(" ", 1)[1]
    assert line == "INFO    request POST /graphql 200 Header trace=abc 12.3 ms"


@pytest.fixture
def restored() -> Iterator[None]:
    """What is logged, and where to, is as before afterwards."""
    root, stream = logging.getLogger(), request_log.stream
    loggers = [root, *(logging.getLogger(name) for name in (*OURS, *SILENT))]
    levels, handlers = [each.level for each in loggers], root.handlers[:]
    yield
    for added in set(root.handlers) - set(handlers):
        added.close()
    root.handlers[:], request_log.stream = handlers, stream
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)


MAIL = "jane.doe@example.org"


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
        assert " POST /graphql 200 " in found[0]


async def test_a_cache_that_is_not_there_is_told_once_at_the_start(
    settings_for: Callable[..., Settings], directory_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(directory_url).model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    app = create_app(settings)
    async with app.others.router.lifespan_context(app.others):
        pass
    [record] = [record for record in caplog.records if record.name == "ariesone.cache"]
    assert "REDIS_URL" in record.getMessage()
