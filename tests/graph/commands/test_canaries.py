"""Nothing secret or personal is logged: words that stand for it are sent and set everywhere, and looked for."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from db.embedded.postgresql import find_served
from tests.graph.commands.canaries import BREAKING, CREATE, Canaries, Client, run
from tests.graph.commands.conftest import Server

pytestmark = pytest.mark.slow

# Whatever an operator can set that is secret, or leads somewhere by a secret.
PLACES = {
    "REDIS_URL": "redis://someone:{}@127.0.0.1:1/0",
    "AMQP_URL": "amqp://someone:{}@127.0.0.1:1/directory",
    "SENTRY_DSN": "http://{}@127.0.0.1:1/1",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic {}",
}
# Connections that are open already don't log each statement.
CUT_OFF = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname IS NOT NULL
"""
SECRETS = ("TOKEN_SECRET", "OPERATIONS_TOKEN", "LOG_KEY")


def logged(server: Server, folder: Path) -> tuple[str, str]:
    """What the server has written, to standard error and to the log's file; and what PostgreSQL has."""
    ours = [server.output, *folder.glob("ariesone.log*")]
    others = [*folder.glob(".ariesone/**/*.log")]
    first, second = ("\n".join(file.read_text("utf-8", "replace") for file in files) for files in (ours, others))
    return first, second


def wait_for(words: str, server: Server, folder: Path) -> None:
    """Wait until something is logged."""
    deadline = time.monotonic() + 60
    while words not in logged(server, folder)[0]:
        assert time.monotonic() < deadline, f"{words!r} isn't logged"
        time.sleep(0.1)


@pytest.mark.parametrize(("form", "level"), [("ecs", "INFO"), ("text", "DEBUG")])
def test_nothing_that_a_client_or_an_operator_can_say_in_confidence_is_logged(
    serve: Callable[..., Server], tmp_path: Path, form: str, level: str
) -> None:
    canaries = Canaries()
    settings = {name: place.format(canaries.word(name)) for name, place in PLACES.items()}
    settings |= {name: canaries.word(name) * 2 for name in SECRETS}
    settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
    server = serve(
        LOG_FORMAT=form, LOG_LEVEL=level, LOG_FILE="ariesone.log", SLOW_OPERATION="0.000001", **settings
    )
    url = find_served(tmp_path / ".ariesone")
    assert url is not None
    run(url, BREAKING)
    run(url, CUT_OFF)
    client = Client(server.address, canaries, settings["TOKEN_SECRET"])
    client.send_all()
    # Rows that this code can't read are in the exceptions that they end in.
    odd = canaries.word("an address that is none")
    run(url, "UPDATE companies SET mailing_address = to_jsonb($1::text)", odd)
    find = "query Odd { companies(first: 2) { nodes { mailingAddress { city } } } }"
    broken = client.post(find, authorization=client.token("for odd rows"))
    assert broken["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR", broken
    # A column that is gone fails where nobody expects it.
    run(url, "ALTER TABLE companies RENAME COLUMN phone TO telephone")
    find = "query Gone($city: String!) { companies(filter: {city: [$city]}) { nodes { phone } } }"
    city = canaries.word("beside a column that is gone")
    client.post(find, {"city": city}, authorization=client.token("for a column that is gone"))
    wait_for("UndefinedColumnError", server, tmp_path)
    # What a client calls itself is logged: so what is sent is found where it stands.
    client.post("query Named { __typename }", apollographql_client_name="a-client-that-is-found")
    client.close()
    assert server.end(signal.SIGTERM) == 0
    ours, of_postgresql = logged(server, tmp_path)
    for words in (
        "a-client-that-is-found",
        "slow operation",
        "a token was refused",
        "unexpected error",
        "CheckViolationError",
        "RaiseError",
        "InvalidTextRepresentationError",
        "UndefinedColumnError",
        "the shared cache",
        "changes wait to be delivered",
    ):
        assert words in ours, words
    assert "duration: " in of_postgresql
    assert "violates check constraint" in of_postgresql
    assert len(canaries.sent) > 200
    assert canaries.found_in(ours) == {}
    # A function may put whatever it likes into its error; this directory has none that does.
    assert canaries.found_in(of_postgresql, but=("RAISED", "CASTED")) == {}


@pytest.mark.parametrize(
    "settings",
    [
        {"DATABASE_URL": "postgresql://ariesone:{}@127.0.0.1:1/ariesone"},
        {"DATABASE_URL": "postgresql://ariesone@127.0.0.1:1/ariesone", "DATABASE_PASSWORD": "{}"},
        {"DATABASE_URL": "postgresql://ariesone:{}@127.0.0.1:none/ariesone"},
        {"DATABASE_URL": "mysql://ariesone:{}@127.0.0.1/ariesone"},
        {"REDIS_URL": "redis://someone:{}@[nowhere/0"},
        {"AMQP_URL": "amqp://someone:{}@127.0.0.1/a?b=c"},
        {"TOKEN_SECRET": "{}"},
        {"WEBHOOK_KEY": "{}"},
    ],
    ids=" ".join,
)
def test_a_start_that_fails_tells_no_secret(
    command: Callable[..., subprocess.CompletedProcess[str]], settings: dict[str, str]
) -> None:
    canaries = Canaries()
    ended = command("serve", **{name: value.format(canaries.word(name)) for name, value in settings.items()})
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert canaries.found_in(ended.stdout + ended.stderr) == {}


def test_what_is_looked_for_is_found() -> None:
    canaries = Canaries()
    mail = canaries.mail("a mail")
    assert canaries.found_in(json.dumps({"message": mail.upper()})).keys() == {"a mail"}
    assert canaries.found_in(CREATE) == {}
