"""Where log lines go: standard error."""

import logging
import sys
from typing import Final

from graph.settings import Settings
from graph.telemetry.forms import EcsFormatter, TextFormatter
from graph.telemetry.logs import Stream, request_log
from graph.telemetry.requests import MOST, telling

# Whose lines are ours; those of libraries are only told if they warn of something.
OURS: Final = ("ariesone", "py.warnings")
# What they warn of graph/events/ says, with what comes of it.
SILENT: Final = ("aio_pika", "aiormq", "httpcore2")


def configure_logging(settings: Settings) -> None:
    """Write log lines as the settings say."""
    is_for_people = settings.log_format == "auto" and sys.stderr.isatty()
    is_text = settings.log_format == "text" or is_for_people
    request_log.stream = None if is_text else sys.stderr
    telling.most = 1 if is_text else MOST
    logging.basicConfig(level=logging.WARNING, handlers=[handler_of(sys.stderr, is_text=is_text)], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(settings.log_level)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def handler_of(stream: Stream, *, is_text: bool) -> logging.Handler:
    """Return what writes records to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter() if is_text else EcsFormatter())
    handler.addFilter(without_repr)
    return handler


def without_repr(record: logging.LogRecord) -> bool:
    """Leave out what asyncio adds to an exception that nobody has caught: objects in Python's words."""
    if record.name == "asyncio":
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
    return True
