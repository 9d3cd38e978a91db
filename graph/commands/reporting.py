"""Begins to tell other systems what the settings name: spans to a collector of traces, errors to Sentry.

Neither's package is imported unless it is asked for, or has to be installed.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

from graph.commands.servers import fail
from graph.environment.words import without_account
from graph.settings import Settings
from graph.telemetry.requests import telling
from graph.telemetry.spans import tell_ended
from graph.telemetry.tracing import tracing


@contextmanager
def reporting(settings: Settings) -> Iterator[None]:
    """Tell those that the settings name, for the life of the block, or end where a package isn't installed."""
    with ExitStack() as stack:
        if settings.makes_traces:
            settings.hand_to_opentelemetry()
            module = loaded("opentelemetry", "OTEL_EXPORTER_OTLP_ENDPOINT", "traces")
            place = settings.otel_exporter_otlp_traces_endpoint or settings.otel_exporter_otlp_endpoint or ""
            tracing.begin(module.OpenTelemetry(version("ariesone"), without_account(place)))
            stack.callback(tracing.end)
            telling.takers.append(tell_ended)
            stack.callback(telling.takers.remove, tell_ended)
            stack.callback(telling.flush)
        if settings.sentry_dsn is not None:
            module = loaded("sentry", "SENTRY_DSN", "sentry")
            release, environment = f"ariesone@{version('ariesone')}", settings.environment
            sentry = module.Sentry(settings.sentry_dsn.get_secret_value(), release, environment)
            stack.callback(sentry.close)
            root = logging.getLogger()
            root.addHandler(sentry)
            stack.callback(root.removeHandler, sentry)
        yield


def loaded(name: str, variable: str, extra: str) -> ModuleType:
    """Return the module of graph/telemetry/ that tells somebody."""
    try:
        return import_module(f"graph.telemetry.{name}")
    except ModuleNotFoundError as error:
        fail(f"{variable} is set, but {error.name} isn't installed: pip install 'ariesone[{extra}]'.")
