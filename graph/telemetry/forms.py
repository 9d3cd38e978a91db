"""The forms of log lines: ECS in JSON for machines, one readable line for a person."""

import logging
from types import TracebackType
from typing import Any, Final

import ecs_logging

from db.failures import words_of
from graph.telemetry.stack import stack_of

# What an exception says is told by `words_of` alone.
NOT_LOGGED: Final = ["log.original", "process", "error.message", "error.stack_trace"]

# What a line says besides its message, in this order, where it is there.
FIELDS: Final = {
    "http.request.method": "{}",
    "url.path": "{}",
    "http.response.status_code": "{}",
    "graphql.operation.name": "{}",
    "error.code": "{}",
    "error.id": "errorId={}",
    "trace.id": "trace={}",
}


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

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's
        """Return the line with the fields that the record has."""
        fields = vars(record)
        found = [form.format(fields[name]) for name, form in FIELDS.items() if fields.get(name) is not None]
        if "event.duration" in fields:
            found.append(f"{fields['event.duration'] / 1e6:.1f} ms")
        return " ".join([super().formatMessage(record), *found])

    def formatException(  # noqa: N802 - logging's
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the stack."""
        return "" if ei[1] is None else stack_of(ei[1])
