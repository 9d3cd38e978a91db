"""The form of log lines: JSON for machines, one readable line for a person at a terminal."""

import logging
import sys
from typing import Final, Literal

import ecs_logging

from graph.telemetry.logs import request_log
from graph.telemetry.requests import MOST, telling

LogFormat = Literal["auto", "ecs", "text"]

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


def configure_logging(level: str, log_format: LogFormat) -> None:
    """Write log lines to standard error; `auto` is text on a terminal and ECS (JSON) elsewhere."""
    is_text = log_format == "text" or (log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter() if is_text else ecs_logging.StdlibFormatter(exclude_fields=NOT_LOGGED))
    request_log.stream = None if is_text else sys.stderr
    telling.most = 1 if is_text else MOST
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("uvicorn.error", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
    # What they have to say graph/events/ says, with what comes of it.
    for loud in ("aio_pika", "aiormq", "httpcore2"):
        logging.getLogger(loud).setLevel(logging.CRITICAL)


NOT_LOGGED: Final = ["log.original", "process"]


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
