"""A request's line: the same fields in ECS however it is written, and columns for people."""

import json
import logging
import sys
from typing import Any

import pytest

from db.tally import Tally
from graph.identity.viewer import Viewer
from graph.telemetry.forms import EcsFormatter, TextFormatter
from graph.telemetry.logs import EndedRequest, access_log
from graph.telemetry.operations import ToldOperation
from graph.telemetry.pseudonyms import Pseudonyms, pseudonyms

TRACE = "0af7651916cd43dd8448eb211c80319c"
NAMED = ToldOperation("CompanyPage", "query", goes_on=False, document="ab" * 32, label="other", generation=0)
UNNAMED = ToldOperation(None, "mutation", goes_on=False, document="cd" * 32, label="other", generation=0)
JANE = Viewer("jane.doe@example.org", frozenset({"VIEWER", "ADMIN"}), issuer="https://login.example/")


def read(statements: int = 2, rows: int = 40, seconds: float = 0.0081) -> Tally:
    tally = Tally()
    tally.statements, tally.rows, tally.seconds = statements, rows, seconds
    return tally


def ended(**others: Any) -> EndedRequest:
    plain = EndedRequest("POST", "/graphql", 200, None, None, NAMED, 0, 70, 0.0123, TRACE, 1_800_000_000.25)
    return plain._replace(**others)


ENDED = {
    "anonymous": ended(),
    "known": ended(viewer=JANE),
    "without roles": ended(viewer=Viewer("jane")),
    "cached": ended(cached="hit"),
    "read": ended(cached="miss", sql=read(), cost=12.3),
    "failed": ended(outcome="failed", code="TIMEOUT", sql=read(1, 0, 10.0)),
    "partial": ended(outcome="partial", code="INTERNAL_SERVER_ERROR"),
    "unnamed": ended(operation=UNNAMED),
    "no operation": ended(operation=None, endpoint="other", method="other", status=404),
    "no answer": ended(operation=None, status=0, size=0),
    "no request": ended(endpoint=None, size=0, sql=read()),
    "a client": ended(client='web "1.2" \\ <&>'),
    "all": ended(client="web", viewer=JANE, cached="miss", sql=read(), outcome="partial", code="NOT_FOUND"),
}


def record_of(each: EndedRequest, level: int = logging.INFO) -> logging.LogRecord:
    message = "request" if each.endpoint else "operation"
    record = access_log.makeRecord(access_log.name, level, "here", 1, message, (), None, extra=each.fields())
    record.message = record.getMessage()
    return record


@pytest.mark.parametrize("way", ENDED)
def test_the_line_that_is_written_out_has_what_the_fields_have(way: str) -> None:
    line = ENDED[way].ecs_line()
    assert line.endswith("}\n")
    written, formed = json.loads(line), json.loads(EcsFormatter().format(record_of(ENDED[way])))
    formed["log"].pop("origin")
    assert {**written, "@timestamp": None} == {**formed, "@timestamp": None}
    assert written["@timestamp"] == "2027-01-15T08:00:00.250+00:00"


def test_a_line_says_who_asked_for_what_and_what_became_of_it() -> None:
    line = json.loads(ENDED["all"].ecs_line())
    assert line["graphql"] == {
        "operation": {"name": "CompanyPage", "type": "query"},
        "document": {"hash": "ab" * 32},
        "client": {"name": "web"},
        "cost": 0,
        "cache": "miss",
        "outcome": "partial",
    }
    assert line["sql"] == {"statements": 2, "rows": 40, "duration": 8_100_000}
    assert line["user"] == {"hash": pseudonyms.of(JANE.subject or "", JANE.issuer), "roles": ["ADMIN", "VIEWER"]}
    assert line["event"] == {"duration": 12_300_000, "outcome": "success"}
    assert line["error"] == {"code": "NOT_FOUND"}


@pytest.mark.parametrize("way", ENDED)
def test_nobody_is_named(way: str) -> None:
    for told in (ENDED[way].ecs_line(), TextFormatter().format(record_of(ENDED[way]))):
        assert "jane" not in told
        assert "login.example" not in told


def test_a_pseudonym_is_the_same_for_one_subject_and_another_for_any_other_and_with_another_key() -> None:
    one, other = Pseudonyms(), Pseudonyms()
    one.use_key("one")
    other.use_key("other")
    found = [one.of("jane", ""), one.of("john", ""), one.of("jane", "a"), one.of("", "jane"), other.of("jane", "")]
    assert len(set(found)) == len(found)
    assert one.of("jane", "") == found[0]
    one.use_key("other")
    assert one.of("jane", "") == found[-1]


def text_of(way: str, **how: bool) -> str:
    return TextFormatter(**how).format(record_of(ENDED[way])).split(" ", 1)[1]


def test_people_read_columns() -> None:
    who = pseudonyms.of(JANE.subject or "", JANE.issuer)
    assert [text_of(way) for way in ("read", "known", "failed", "unnamed", "no operation", "no request")] == [
        f"INFO    POST 200      12.3 ms  /graphql CompanyPage              cache=miss sql=2 trace={TRACE}",
        f"INFO    POST 200      12.3 ms  /graphql CompanyPage              user={who} trace={TRACE}",
        f"INFO    POST 200      12.3 ms  /graphql CompanyPage              TIMEOUT sql=1 trace={TRACE}",
        f"INFO    POST 200      12.3 ms  /graphql                          trace={TRACE}",
        f"INFO    other 404      12.3 ms  other                             trace={TRACE}",
        f"INFO    -    -        12.3 ms  - CompanyPage                     sql=2 trace={TRACE}",
    ]


@pytest.mark.parametrize(
    ("way", "colour"),
    [
        ("read", "\x1b[32m200"),
        ("failed", "\x1b[31m200"),
        ("partial", "\x1b[33m200"),
        ("no operation", "\x1b[33m404"),
    ],
)
def test_colours_say_what_became_of_it(way: str, colour: str) -> None:
    assert colour in text_of(way, is_coloured=True)
    assert "\x1b" not in text_of(way)


def test_other_lines_have_their_words_and_a_stack() -> None:
    try:
        raise TypeError("not that")  # noqa: TRY301 - it is needed with its stack
    except TypeError:
        record = access_log.makeRecord(
            "a", logging.ERROR, "here", 1, "it %s", ("failed",), sys.exc_info(), extra={"error.id": "abc"}
        )
    first, *stack = TextFormatter(is_coloured=True).format(record).splitlines()
    assert first.endswith("\x1b[31mERROR  \x1b[0m it failed errorId=abc")
    assert stack[0] == "Traceback (most recent call last):"
    assert stack[-1] == "TypeError: not that"
