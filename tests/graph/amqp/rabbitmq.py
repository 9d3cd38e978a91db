"""A RabbitMQ of the tests' own: a process with a folder of its own, on loopback alone."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# Debian's own script starts it as another user, on every address.
PROGRAMS = Path("/usr/lib/rabbitmq/bin")
# The longest message that it takes, in bytes.
MAX_MESSAGE = 20_000
# Seconds that it may take to start on a machine that others use too, some six of them by itself.
STARTING = 90

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
max_message_size = {max_message}
"""


@dataclass
class RabbitMQ:
    """A RabbitMQ: where it is, how its command line finds it, and its process while it runs."""

    folder: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def control(self, *words: str | Path) -> str:
        """Run rabbitmqctl, and return what it prints."""
        command = [PROGRAMS / "rabbitmqctl", *words]
        done = subprocess.run(
            command, env=self.environment, check=True, capture_output=True, timeout=60, encoding="utf-8"
        )
        return done.stdout

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        log = self.folder / "log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [PROGRAMS / "rabbitmq-server"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        await_start(self.process, log)

    def kill(self) -> None:
        """Kill it where it stands, and what it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Have it end, or end it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def reason_to_skip() -> str | None:
    """Why no RabbitMQ can be started here; None where one can."""
    if not (PROGRAMS / "rabbitmq-server").is_file() or shutil.which("epmd") is None:
        return "no RabbitMQ is installed here: apt-get install rabbitmq-server"
    return None


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def rabbitmq(folder: Path) -> Iterator[RabbitMQ]:
    """Run a RabbitMQ for the life of the block."""
    port, mapper_port = free_port(), free_port()
    environment = environment_of(folder, port, mapper_port)
    (folder / "rabbitmq.conf").write_text(CONFIGURATION.format(port=port, max_message=MAX_MESSAGE))
    (folder / "plugins").write_text("[].\n")
    running = RabbitMQ(folder, port, environment)
    with (folder / "mapper").open("wb") as log:
        # It would start one by itself that outlives it.
        mapper = subprocess.Popen(["epmd"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S607 - wherever it is
    try:
        running.start()
        yield running
    finally:
        running.stop()
        mapper.terminate()
        mapper.wait()


def environment_of(folder: Path, port: int, mapper_port: int) -> dict[str, str]:
    """What it reads of the environment: every folder and every port."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(mapper_port),
        "RABBITMQ_NODENAME": f"ariesone-{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }


def await_start(broker: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it takes connections."""
    deadline = time.monotonic() + STARTING
    while b"Server startup complete" not in log.read_bytes():
        assert broker.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.1)
