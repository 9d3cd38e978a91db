"""The forms of log lines: ECS in JSON for machines, one readable line for a person."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final

import ecs_logging

from db.failures import words_of
from graph.telemetry.exceptions import stack_of

# What an exception says is told by `words_of` alone.
NOT_LOGGED: Final = ["log.original", "process", "error.message", "error.stack_trace"]

# What a line says behind its message, in this order, where it is there.
FIELDS: Final = {
    "graphql.operation.name": "{}",
    "graphql.cost": "cost={}",
    "error.id": "errorId={}",
    "trace.id": "trace={}",
}
# The same of a request, whose method, status, time and operation stand in columns.
DETAILS: Final = {
    "error.code": "{}",
    "graphql.cache": "cache={}",
    "sql.statements": "sql={}",
    "graphql.client.name": "client={}",
    "user.hash": "user={}",
    "trace.id": "trace={}",
}

# How many letters most names of operations have at most.
NAME: Final = 24

# Escapes that terminals take for colours (ECMA-48, SGR).
PLAIN: Final = "\x1b[0m"
DIM, RED, GREEN, YELLOW = "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"
LEVELS: Final = {logging.DEBUG: DIM, logging.WARNING: YELLOW, logging.ERROR: RED, logging.CRITICAL: RED}


class EcsFormatter(ecs_logging.StdlibFormatter):
    """A line of ECS, the Elastic Common Schema."""

    def __init__(self) -> None:
        super().__init__(exclude_fields=NOT_LOGGED)

    def format_to_ecs(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the line's fields."""
        found = super().format_to_ecs(record)
        if record.exc_info and (error := record.exc_info[1]) is not None:
            told = {"message": words_of(error), "stack_trace": stack_of(error)}
            found["error"] = {**found.get("error", {}), **told}
        return found


class TextFormatter(logging.Formatter):
    """One line for a person: the time, how grave it is, what it is; a stack below it."""

    def __init__(self, *, is_coloured: bool = False) -> None:
        super().__init__(datefmt="%H:%M:%S")
        self._is_coloured = is_coloured

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's
        """Return the line with the fields that the record has."""
        fields = vars(record)
        level = self._paint(f"{record.levelname:<7}", LEVELS.get(record.levelno, ""))
        time = self._paint(self.formatTime(record, self.datefmt), DIM)
        if "http.request.method" in fields:
            return f"{time} {level} {self._told_of_request(fields)}"
        took = [f"{fields['event.duration'] / 1e6:.1f} ms"] if "event.duration" in fields else []
        line = " ".join([time, level, record.message, *took, *found_in(fields, FIELDS)])
        return "\n    ".join([line, *fields.get("slow.plan", ()), *fields.get("slow.statements", ())])

    def usesTime(self) -> bool:  # noqa: N802 - logging's
        """Return that a line has its time."""
        return True

    def _told_of_request(self, fields: Mapping[str, Any]) -> str:
        """Return a request in columns, and behind them what not each of them has."""
        status = fields["http.response.status_code"]
        is_refused = fields["graphql.outcome"] is not None or (status or 0) >= HTTPStatus.BAD_REQUEST
        colour = RED if fields["event.outcome"] == "failure" else YELLOW if is_refused else GREEN
        status = self._paint(f"{status or '-':<3}", colour)
        milliseconds = f"{fields['event.duration'] / 1e6:9.1f} ms"
        name = fields["graphql.operation.name"] or ""
        what = f"{fields['url.path'] or '-'} {name}".rstrip()
        details = self._paint(" ".join(found_in(fields, DETAILS)), DIM)
        method = fields["http.request.method"] or "-"
        return f"{method:<4} {status} {milliseconds}  {what:<{NAME + 9}} {details}".rstrip()

    def _paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{PLAIN}" if self._is_coloured and colour and text else text

    def formatException(  # noqa: N802 - logging's
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the stack."""
        return "" if ei[1] is None else stack_of(ei[1])


def found_in(fields: Mapping[str, Any], forms: Mapping[str, str]) -> list[str]:
    """Return those fields that are there, in their forms."""
    return [form.format(fields[name]) for name, form in forms.items() if fields.get(name) is not None]
