"""Where log lines go: standard error, and the file that LOG_FILE names."""

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from rich.console import Console

from graph.commands.servers import fail
from graph.settings import Settings
from graph.telemetry.forms import EcsFormatter, TextFormatter
from graph.telemetry.log_file import LogFile
from graph.telemetry.logs import Stream, request_log
from graph.telemetry.pseudonyms import pseudonyms
from graph.telemetry.requests import MOST, telling

log = logging.getLogger("ariesone.logs")

# Whose lines are ours; those of libraries are only told if they warn of something.
OURS: Final = ("ariesone", "py.warnings")
# What they warn of graph/events/ says, with what comes of it.
SILENT: Final = ("aio_pika", "aiormq", "httpcore2")


def configure_logging(settings: Settings) -> None:
    """Write log lines as the settings say; ends the command where LOG_FILE can't be written."""
    is_for_people = settings.log_format == "auto" and sys.stderr.isatty()
    is_text = settings.log_format == "text" or is_for_people
    handlers = [handler_of(sys.stderr, TextFormatter(is_coloured=shows_colours()) if is_text else EcsFormatter())]
    streams: list[Stream] = [sys.stderr]
    if file := log_file_of(settings):
        handlers.append(handler_of(file, TextFormatter() if settings.log_format == "text" else EcsFormatter()))
        streams.append(file)
    request_log.stream = None if is_text else Streams(streams)
    telling.most = 1 if is_text else MOST
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    pseudonyms.use_key(settings.pseudonym_secret())
    for name in OURS:
        logging.getLogger(name).setLevel(settings.log_level)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def log_file_of(settings: Settings) -> LogFile | None:
    """Open the log's file, if there is to be one; ends the command where it can't be written."""
    if settings.log_file is None:
        return None
    try:
        return LogFile(settings.log_file, settings.log_file_bytes, settings.log_file_count, log.warning)
    except OSError as error:
        fail(f"LOG_FILE can't be {settings.log_file}: {error.strerror}.")


def shows_colours() -> bool:
    """Return whether standard error is a terminal with colours, and nobody has asked for none (NO_COLOR)."""
    found = Console(stderr=True)
    return found.is_terminal and found.color_system is not None and not found.no_color


def handler_of(stream: Stream, form: logging.Formatter) -> logging.Handler:
    """Return what writes records to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    handler.addFilter(without_repr)
    return handler


def without_repr(record: logging.LogRecord) -> bool:
    """Leave out what asyncio adds to an exception that nobody has caught: objects in Python's words."""
    if record.name == "asyncio":
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
    return True


class Streams:
    """Several streams as one; where one of them can't be written, the others are."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = streams

    def write(self, text: str) -> None:
        """Write to each."""
        for each in self._streams:
            with suppress(OSError, ValueError):
                each.write(text)

    def flush(self) -> None:
        """Flush each."""
        for each in self._streams:
            with suppress(OSError, ValueError):
                each.flush()
