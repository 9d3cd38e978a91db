"""Errors of the log for Sentry, and nothing personal with them; imported only where SENTRY_DSN is set."""

import logging
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final

from sentry_sdk import Client
from sentry_sdk.utils import event_from_exception

from db.failures import words_of

# Errors a second that are told of: a database that fails makes thousands alike, and describing one takes 1 ms.
MOST: Final = 10
# Seconds at the end of a process in which what is left is sent.
CLOSING: Final = 2.0

# Loggers whose errors are about the telling itself.
TELLING: Final = ("sentry_sdk", "urllib3", "opentelemetry")
# What a line of the log has besides its message, and what that is called in Sentry.
TAGS: Final = {
    "error.id": "errorId",
    "error.code": "code",
    "graphql.document.hash": "document",
    "graphql.operation.name": "operation",
}
# Packages whose code is ours; and modules that every statement passes, wherever it comes from.
OURS: Final = frozenset({"graph", "db"})
PASSED: Final = ("db.engine.", "db.failures.", "db.lookups.", "db.pipeline.", "db.session.", "db.transaction.")

# An integration would hook each field, or read requests. Nothing personal is collected unless send_default_pii or
# data_collection asks for it.
OPTIONS: Final[Mapping[str, Any]] = {
    "default_integrations": False,
    "auto_enabling_integrations": False,
    "include_local_variables": False,
    "max_request_body_size": "never",
    "max_breadcrumbs": 0,
    "auto_session_tracking": False,
    "send_client_reports": False,
    "enable_logs": False,
    "shutdown_timeout": CLOSING,
}


class Sentry(logging.Handler):
    """Tells Sentry of each line of the log that is an error: its stack, its ids, its operation, and no values."""

    def __init__(self, dsn: str, release: str, environment: str) -> None:
        super().__init__(logging.ERROR)
        self._client = Client(dsn=dsn, release=release, environment=environment, **OPTIONS)
        self._second = 0
        self._told = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a line, unless too many were told within this second; a thread sends it."""
        if record.name.split(".")[0] in TELLING or not self._may_tell():
            return
        try:
            self._client.capture_event(event_of(record, self._client.options))
        except Exception:  # noqa: BLE001 - whatever it is, the line itself stands in the log
            self.handleError(record)

    def close(self) -> None:
        """Send what is left."""
        self._client.close(timeout=CLOSING)
        super().close()

    def _may_tell(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._told = second, 0
        self._told += 1
        return self._told <= MOST


def event_of(record: logging.LogRecord, options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - Sentry's, JSON
    """Return a line of the log as Sentry has it.

    An exception's message may quote what somebody sent or stored: it is told as the log has it, by `words_of`.
    """
    fields = vars(record)
    event: Any = {}
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        event, _ = event_from_exception(error, dict(options), {"type": "logging", "handled": True})
        for each in event["exception"]["values"]:
            each["value"] = ""
        # The outermost; what led to it is told by its class.
        event["exception"]["values"][-1]["value"] = words_of(error)
    event["level"] = record.levelname.lower()
    event["logger"] = record.name
    event["logentry"] = {"message": record.getMessage()}
    event["tags"] = {tag: fields[name] for name, tag in TAGS.items() if fields.get(name) is not None}
    if sqlstate := getattr(error, "sqlstate", None):
        event["tags"]["sqlstate"] = sqlstate
    if trace := fields.get("trace.id"):
        event["contexts"] = {"trace": {"trace_id": trace, "span_id": trace[:16]}}
    event["fingerprint"] = fingerprint_of(record, error)
    return event


def fingerprint_of(record: logging.LogRecord, error: BaseException | None) -> list[str]:
    """Return what errors of one problem have in common: the document, the class of the error, and the place."""
    document = vars(record).get("graphql.document.hash") or record.name
    if error is None:
        return [document, record.msg if isinstance(record.msg, str) else record.name]
    return [document, type(error).__qualname__, place_of(error.__traceback__)]


def place_of(trace: TracebackType | None) -> str:
    """Return the innermost function of ours that an exception came through; lines move with every release."""
    ours = [each for each in functions_in(trace) if each.split(".")[0] in OURS and not each.startswith(PASSED)]
    return ours[-1] if ours else ""


def functions_in(trace: TracebackType | None) -> Iterator[str]:
    """Yield the functions that an exception came through, from the outermost in."""
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"{trace.tb_frame.f_globals.get('__name__', '')}.{code.co_qualname}"
        trace = trace.tb_next
