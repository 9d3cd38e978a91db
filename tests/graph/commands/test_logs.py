"""Log lines: JSON for machines, one line for people, and what is said at the start."""

import json
import logging
import time
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from graph.app import create_app
from graph.commands.logs import TextFormatter
from graph.settings import Settings
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
