"""While nobody is told of spans and errors, nothing of OpenTelemetry and Sentry is imported."""

import subprocess
import sys

import pytest

from graph.commands.reporting import loaded
from tests.graph.commands.conftest import ROOT, environment

# Each begins Python and the whole server anew.
pytestmark = pytest.mark.slow

# What `ariesone serve`, its workers and its jobs import; what is set begins as they begin it.
PROGRAM = """
import sys
import redis.asyncio
# It imports a part of OpenTelemetry wherever that is installed.
before = set(sys.modules)
import graph.commands.serve, graph.commands.worker, graph.commands.job, graph.commands.deliver, graph.commands.work
import graph.app
from graph.commands.reporting import reporting
from graph.settings import Settings

settings = Settings(_env_file=None)
graph.app.create_app(settings)
with reporting(settings):
    found = {name.split(".")[0] for name in set(sys.modules) - before}
    print(*sorted(found & {"opentelemetry", "sentry_sdk", "google", "requests", "urllib3"}))
"""


def imported(**settings: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(
        command, env=environment(**settings), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_nothing_is_imported_that_is_not_asked_for() -> None:
    assert imported() == []
    assert imported(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_SDK_DISABLED="true") == []


def test_what_is_asked_for_is_imported_alone() -> None:
    assert {"opentelemetry", "google"} <= (
        traces := set(imported(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"))
    )
    assert "sentry_sdk" not in traces
    assert imported(SENTRY_DSN="http://public@127.0.0.1:9/7") == ["sentry_sdk", "urllib3"]


def test_a_package_that_is_missing_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "graph.telemetry.sentry", raising=False)
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(SystemExit):
        loaded("sentry", "SENTRY_DSN", "sentry")
    told = " ".join(capsys.readouterr().err.split())
    assert "SENTRY_DSN is set, but sentry_sdk isn't installed: pip install 'ariesone[sentry]'." in told
