"""What Sentry is told: unexpected errors and failed work in the background, and nothing of what anybody sent."""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256

import pytest
from starlette.types import ASGIApp

from db.engine import connection_to
from graph.app import create_app
from graph.commands.reporting import reporting
from graph.settings import Settings
from graph.telemetry.sentry import CLOSING, MOST
from tests.graph.conftest import Server, bearer
from tests.graph.telemetry.collector import Receiver, events_in, receiving

CANARY = "canary-7f3a"


@pytest.fixture
def sentry() -> Iterator[Receiver]:
    """A Sentry."""
    with receiving(events_in) as receiver:
        yield receiver


def dsn_of(sentry: Receiver) -> str:
    return sentry.url.replace("http://", "http://public@") + "/7"


@pytest.fixture
def told(sentry: Receiver) -> Iterator[Receiver]:
    """A Sentry that this process tells."""
    with reporting(Settings(_env_file=None, sentry_dsn=dsn_of(sentry))):
        yield sentry


async def test_an_unexpected_error_is_told_with_its_ids_and_without_what_was_sent(
    sample_copy: str,
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
    sentry: Receiver,
) -> None:
    async with connection_to(sample_copy) as connection:
        await connection.execute("ALTER TABLE companies RENAME COLUMN website TO web")
    settings = settings_for(sample_copy, sentry_dsn=dsn_of(sentry), cache_seconds=0)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {
        "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
        "authorization": bearer("ADMIN"),
        "user-agent": f"{CANARY}-agent",
        "cookie": f"session={CANARY}-cookie",
    }
    text = "query Sites($city: [String!]) { companies(first: 1, filter: {city: $city}) { nodes { website } } }"
    # In this order: uvicorn sets logging up anew here.
    with serve(create_app(settings)) as server, reporting(settings):
        answer = server.post(text, {"city": [f"{CANARY}-variable"]}, **headers).json()
        [event] = sentry.wait(len)
    [error] = answer["errors"]
    assert event["tags"]["errorId"] == error["extensions"]["errorId"]
    assert event["tags"]["operation"] == "Sites"
    assert event["tags"]["document"] == sha256(text.encode()).hexdigest()
    assert event["tags"]["sqlstate"] == "42703"
    assert event["contexts"]["trace"]["trace_id"] == trace
    assert re.fullmatch(r"ariesone@\d+\.\d+\.\d+", event["release"])
    assert event["environment"] == "development"
    [exception] = event["exception"]["values"][-1:]
    assert (exception["type"], exception["value"]) == (
        "UndefinedColumnError",
        "column companies.website does not exist",
    )
    assert any(frame["function"] == "read" for frame in exception["stacktrace"]["frames"])
    where = "db.companies.pages_of_each"
    assert event["fingerprint"] == [event["tags"]["document"], "UndefinedColumnError", where]
    # No header, no variable, nobody's address or name, and none of the values on the stack.
    content = b"".join(sentry.contents).decode()
    assert CANARY not in content
    assert headers["authorization"] not in content
    assert '"vars"' not in content
    assert not {"user", "request", "breadcrumbs", "modules"} & event.keys()
    assert sentry.paths == ["/api/7/envelope/"]


def test_an_exception_that_quotes_something_is_told_by_its_class(told: Receiver) -> None:
    logging.getLogger("ariesone.jobs").error("job %s failed", "31f0", exc_info=ValueError(CANARY))
    [event] = told.wait(len)
    assert event["logentry"]["message"] == "job 31f0 failed"
    assert [(each["type"], each["value"]) for each in event["exception"]["values"]] == [
        ("ValueError", "ValueError")
    ]
    assert CANARY not in json.dumps(event)


def test_what_fails_in_the_background_without_an_exception_is_told_too(told: Receiver) -> None:
    log = logging.getLogger("ariesone.events")
    log.warning("changes wait to be delivered")
    log.error("the event of change %d is set aside: %s", 7, "too large")
    log.error("the event of change %d is set aside: %s", 8, "too large")
    events = told.wait(lambda found: len(found) == 2)
    assert {each["logentry"]["message"] for each in events} == {
        "the event of change 7 is set aside: too large",
        "the event of change 8 is set aside: too large",
    }
    # One problem.
    assert events[0]["fingerprint"] == events[1]["fingerprint"]


def test_a_storm_of_errors_is_told_as_a_few(told: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("ariesone.errors")
    for number in range(1000):
        log.error("error %d", number)
    told.wait(lambda found: len(found) >= MOST)
    assert len(caplog.records) == 1000
    # The clock may have turned to another second meanwhile, twice on a slow machine.
    assert len(told.found) <= 3 * MOST


def test_a_sentry_that_is_away_takes_nobodys_time() -> None:
    with receiving(events_in) as gone:
        dsn = dsn_of(gone)
    log = logging.getLogger("ariesone.errors")
    began = time.perf_counter()
    with reporting(Settings(_env_file=None, sentry_dsn=dsn)):
        log.error("an error")
        assert time.perf_counter() - began < 1
        began = time.perf_counter()
    assert time.perf_counter() - began < CLOSING + 1
