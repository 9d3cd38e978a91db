"""All that an event passes on its way, as processes that can be killed, with a proxy between each two of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from db import migrations
from db.embedded.postgresql import postgresql
from tests.graph.amqp.rabbitmq import RabbitMQ, free_port, rabbitmq
from tests.graph.commands.conftest import environment, wait_until_it_answers
from tests.graph.webhooks.conftest import KEY
from tests.proxy import Proxy, proxying

EXCHANGE = "changes"
PLENTY = "1000000000"

SERVE = """
from graph.__main__ import main

main()
"""
# With shorter leases, and pauses that a test can wait for.
DELIVER = """
from graph.__main__ import main
from graph.events import deliverer
from graph.events.webhooks import courier, leases, retries, turn

deliverer.LEASE, deliverer.STANDBY = 1.5, 0.1
leases.LEASE = 3.0
turn.LATEST, turn.TURN = 1.5, 1.0
courier.DEADLINE = 1.0
retries.PAUSES = (0.1, *([0.5] * 100))
main()
"""


@dataclass
class Process:
    """A program of this project's, or of a client's, that is started again after it was killed."""

    command: list[str]
    environment: dict[str, str]
    folder: Path
    name: str
    process: subprocess.Popen[bytes] | None = None
    # Where it answers once it has started.
    address: str | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )
        if self.address:
            wait_until_it_answers(self.address)

    def kill(self) -> None:
        """Kill it where it stands; one that was started while its database was cut off has ended, and says so."""
        assert self.process is not None
        if self.process.poll() is not None:
            told = self.log.read_text(errors="replace")
            assert "Error: The database can't be reached" in told.splitlines()[-1], told[-3000:]
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Have it end, or end it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True)
class Links:
    """The proxies: whose way to what each is."""

    clients: Proxy
    server_to_database: Proxy
    deliverers_to_database: Proxy
    deliverers_to_broker: Proxy
    deliverers_to_receiver: Proxy
    consumer_to_broker: Proxy


@dataclass(frozen=True)
class Parts:
    """The parts, and the ways between them."""

    folder: Path
    database_url: str
    broker: RabbitMQ
    server: Process
    deliverers: list[Process]
    links: Links

    @property
    def url(self) -> str:
        """Where clients find the server."""
        return f"http://127.0.0.1:{self.links.clients.port}"

    @property
    def receiver_url(self) -> str:
        """Where webhooks are sent."""
        return f"http://127.0.0.1:{self.links.deliverers_to_receiver.port}/hook"

    def kill_postgresql(self) -> None:
        """Kill the PostgreSQL, which is started again by who keeps it."""
        [file] = self.folder.glob("postgresql-*/postmaster.pid")
        os.kill(int(file.read_text().split()[0]), signal.SIGKILL)


@contextmanager
def running_parts(folder: Path, receiver_port: int) -> Iterator[Parts]:
    """Have all parts with an empty directory for the life of the block; what serves and delivers isn't started."""
    with ExitStack() as stack:
        url = stack.enter_context(postgresql(folder, give_up=lambda: None))
        migrations.upgrade(url)
        (folder / "rabbitmq").mkdir()
        broker = stack.enter_context(rabbitmq(folder / "rabbitmq"))
        parts = urlsplit(url)
        socket = Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
        port = free_port()
        ends = (port, socket, socket, broker.port, receiver_port, broker.port)
        links = Links(*(stack.enter_context(proxying(end)) for end in ends))

        def settings(link: Proxy) -> dict[str, str]:
            distant = f"postgresql://{parts.username}@127.0.0.1:{link.port}{parts.path}?sslmode=disable"
            return environment(DATABASE_URL=distant, WEBHOOK_KEY=KEY, DATA_DIR=str(folder / "data"))

        serving = settings(links.server_to_database) | {
            "PORT": str(port),
            "WEBHOOKS_IN_SERVE": "false",
            "LISTENER_HEARTBEAT": "0.5",
            "MAX_LAG": "5",
            "THROTTLE_COST_TOKEN": PLENTY,
            "THROTTLE_RESTORE_TOKEN": PLENTY,
            "THROTTLE_COST_WRITE": PLENTY,
            "THROTTLE_RESTORE_WRITE": PLENTY,
        }
        delivering = settings(links.deliverers_to_database) | {
            "AMQP_URL": f"amqp://guest:guest@127.0.0.1:{links.deliverers_to_broker.port}/",
            "AMQP_EXCHANGE": EXCHANGE,
        }
        python = [sys.executable, "-c"]
        address = f"http://127.0.0.1:{port}"
        server = Process([*python, SERVE, "serve"], serving, folder, "server", address=address)
        deliverers = [
            Process([*python, DELIVER, "deliver"], delivering, folder, f"deliverer-{number}")
            for number in range(2)
        ]
        for process in (server, *deliverers):
            stack.callback(process.stop)
        yield Parts(folder, url, broker, server, deliverers, links)
