"""Valkeys on loopback ports: a Cluster of them, whose slots can be moved, and single ones that can be killed."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from db.embedded import launcher
from db.embedded.valkey import find_program
from graph.cache.slots import SLOTS

# Seconds after which a server of a Cluster counts as lost.
LOST = 1.0
PATIENCE = 20.0


@dataclass(eq=False)
class Node:
    """One server, and the process that it is."""

    folder: Path
    port: int
    options: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    redis: Redis = field(init=False)

    def __post_init__(self) -> None:
        self.redis = Redis(port=self.port, decode_responses=True)

    @property
    def socket(self) -> Path:
        """Its Unix socket."""
        return self.folder / "v.sock"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = find_program()
        assert program
        self.folder.mkdir(exist_ok=True)
        self.socket.unlink(missing_ok=True)
        places = ("--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", str(self.socket))
        with (self.folder / "valkey.log").open("wb") as output:
            command: launcher.Command = [
                program,
                *places,
                "--dir",
                str(self.folder),
                "--save",
                "",
                "--appendonly",
                "no",
                *self.options,
            ]
            self.process = launcher.spawn(command, death_signal=signal.SIGTERM, output=output)
        await_that(self._answers)

    def kill(self) -> None:
        """Kill it: nobody is told."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop_still(self) -> None:
        """Have it do nothing any more, neither answer nor close what is open."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def _answers(self) -> bool:
        try:
            return bool(self.redis.ping())
        except RedisError:
            return False

    def run(self, *words: object) -> str:
        """Run a command of `CLUSTER`."""
        return str(self.redis.execute_command("CLUSTER", *words))  # type: ignore[no-untyped-call]

    @property
    def name(self) -> str:
        """What the others of the Cluster call it."""
        return self.run("MYID")


@dataclass
class Nodes:
    """The primaries of a Cluster, and replicas of the first of them."""

    primaries: list[Node]
    replicas: list[Node]

    @property
    def all(self) -> list[Node]:
        return [*self.primaries, *self.replicas]

    @property
    def url(self) -> str:
        """The URL of one of them."""
        return f"redis://127.0.0.1:{self.primaries[-1].port}"

    def owner_of(self, slot: int) -> Node:
        """The server that has a slot at first."""
        return self.primaries[slot * len(self.primaries) // SLOTS]

    def own_key(self, node: Node, prefix: str = "key") -> str:
        """A key that a server has at first."""
        names = (f"{prefix}{number}" for number in range(1000))
        return next(name for name in names if self.owner_of(key_slot(name.encode())) is node)

    def begin_move(self, slot: int, source: Node, target: Node) -> None:
        """Say that a slot is to move."""
        target.run("SETSLOT", slot, "IMPORTING", source.name)
        source.run("SETSLOT", slot, "MIGRATING", target.name)

    def end_move(self, slot: int, source: Node, target: Node) -> None:
        """Move all keys of a slot, and tell everybody who has it."""
        while keys := source.redis.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 50):  # type: ignore[no-untyped-call]
            source.redis.migrate("127.0.0.1", target.port, keys, 0, 5000)
        name = target.name
        for node in sorted(self.primaries, key=lambda each: each is not target):
            node.run("SETSLOT", slot, "NODE", name)

    def move(self, slot: int, source: Node, target: Node) -> None:
        """Move a slot with all its keys."""
        self.begin_move(slot, source, target)
        self.end_move(slot, source, target)


def await_that(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def free_port() -> int:
    """A loopback port that nobody has at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def single(folder: Path, *options: str) -> Iterator[Node]:
    """Run one server for the life of the block, unless it is killed."""
    node = Node(folder, free_port(), options)
    node.start()
    try:
        yield node
    finally:
        node.redis.close()
        node.kill()


@contextmanager
def cluster(folder: Path, replicas: int = 0) -> Iterator[Nodes]:
    """Run a Cluster of three primaries, the first with so many replicas, for the life of the block."""
    with ExitStack() as stack:
        nodes = []
        for number in range(3 + replicas):
            options = {
                "--cluster-enabled": "yes",
                "--cluster-port": str(free_port()),
                "--cluster-node-timeout": str(int(LOST * 1000)),
                "--cluster-replica-validity-factor": "0",
                # The keys of those that are left are served.
                "--cluster-require-full-coverage": "no",
            }
            nodes.append(stack.enter_context(single(folder / str(number), *flat(options))))
        found = Nodes(nodes[:3], nodes[3:])
        join(found)
        yield found


def flat(options: Mapping[str, str]) -> Iterator[str]:
    """Options as a command line has them."""
    for name, value in options.items():
        yield from (name, value)


def join(nodes: Nodes) -> None:
    """Have the servers meet, and each primary take its slots."""
    for number, node in enumerate(nodes.all, 1):
        node.run("SET-CONFIG-EPOCH", number)
    for node in nodes.primaries:
        slots = [slot for slot in range(SLOTS) if nodes.owner_of(slot) is node]
        node.run("ADDSLOTSRANGE", slots[0], slots[-1])
    first = nodes.primaries[0]
    for node in nodes.all[1:]:
        bus = node.options[node.options.index("--cluster-port") + 1]
        first.run("MEET", "127.0.0.1", node.port, bus)
    count = len(nodes.all)
    await_that(lambda: all(f"cluster_known_nodes:{count}" in node.run("INFO") for node in nodes.all))
    for node in nodes.replicas:
        await_that(lambda node=node: first.name in node.run("NODES"))  # type: ignore[misc]
        node.run("REPLICATE", first.name)
    await_that(lambda: all(is_whole(node, nodes) for node in nodes.all))


def is_whole(node: Node, nodes: Nodes) -> bool:
    """Whether a server knows who has what."""
    has_replicas = nodes.primaries[0].redis.info("replication")["connected_slaves"] == len(nodes.replicas)
    told = node.run("INFO")
    return has_replicas and "cluster_state:ok" in told and f"cluster_slots_ok:{SLOTS}" in told
