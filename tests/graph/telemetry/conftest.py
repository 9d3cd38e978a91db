"""A collector of traces, and a server that sends it spans."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from starlette.types import ASGIApp

from graph.app import create_app
from graph.commands.reporting import reporting
from graph.settings import Settings
from tests.graph.conftest import Server
from tests.graph.telemetry.collector import Receiver, receiving, spans_in


@pytest.fixture
def collector() -> Iterator[Receiver]:
    """A collector of traces."""
    with receiving(spans_in) as receiver:
        yield receiver


@pytest.fixture
def opentelemetry_variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """What OpenTelemetry reads in the environment; at the end of the test it is as it was."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    before = dict(os.environ)
    yield monkeypatch
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def traced(
    collector: Receiver,
    opentelemetry_variables: pytest.MonkeyPatch,  # noqa: ARG001 - undone at the end
    settings_for: Callable[..., Settings],
    serve: Callable[[ASGIApp], AbstractContextManager[Server]],
) -> Callable[..., AbstractContextManager[Server]]:
    """Serve a database, with spans for the collector."""

    @contextmanager
    def begin(url: str, **others: Any) -> Iterator[Server]:
        settings = settings_for(url, otel_exporter_otlp_endpoint=collector.url).model_copy(update=others)
        # Only what was set is handed on.
        settings.model_fields_set.update(others)
        with serve(create_app(settings)) as server, reporting(settings):
            yield server

    return begin
