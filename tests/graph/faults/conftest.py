"""A server with all that it stands on, each behind a proxy, and each of them this module's own."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aio_pika
import pytest

from db import migrations
from db.embedded.postgresql import postgresql
from db.engine import connection_to
from db.nppes.sample_load import load_sample
from tests.graph.amqp.conftest import amqp_url, consumer, server_of_events
from tests.graph.amqp.rabbitmq import RabbitMQ
from tests.proxy import Proxy, proxying
from tests.valkeys import Node, single

__all__ = ["amqp_url", "consumer", "server_of_events"]

# Megabytes of the disk that PostgreSQL is on, and of the memory that Valkey may use.
DISK, MEMORY = 160, 4
EXCHANGE = "diagnosis"


@dataclass(frozen=True)
class Ground:
    """What a server stands on: the servers themselves, and the proxies by which it reaches them."""

    disk: Path
    database_url: str
    valkey: Node
    rabbitmq: RabbitMQ
    database: Proxy
    cache: Proxy
    broker: Proxy

    @property
    def settings(self) -> dict[str, str]:
        """The addresses by way of the proxies."""
        parts = urlsplit(self.database_url)
        place = f"127.0.0.1:{self.database.port}{parts.path}?sslmode=disable"
        return {
            "database_url": f"postgresql://{parts.username}@{place}",
            "redis_url": f"redis://127.0.0.1:{self.cache.port}",
            "amqp_url": f"amqp://guest:guest@127.0.0.1:{self.broker.port}/",
        }


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Have a disk of DISK megabytes in a folder; who has no right to that has the folder on its disk."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m,mode=0755", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        yield folder
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - wherever it is


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, server_of_events: RabbitMQ) -> Iterator[Ground]:
    """What a server stands on, with a sample of companies."""
    folder = tmp_path_factory.mktemp("ground")
    with ExitStack() as stack:
        enter = stack.enter_context
        disk = enter(small_disk(folder / "disk"))
        url = enter(postgresql(disk, durable=False))
        migrations.upgrade(url)
        asyncio.run(fill(url))
        valkey = enter(single(folder / "valkey", "--maxmemory", f"{MEMORY}mb", "--maxmemory-policy", "noeviction"))
        socket = Path(parse_qs(urlsplit(url).query)["host"][0]) / ".s.PGSQL.5432"
        asyncio.run(bind(server_of_events.port))
        proxies = [enter(proxying(each)) for each in (socket, valkey.port, server_of_events.port)]
        yield Ground(disk, url, valkey, server_of_events, *proxies)


async def fill(url: str) -> None:
    """Load a sample."""
    async with connection_to(url) as connection:
        await load_sample(connection, companies=100, seed=7)


async def bind(port: int) -> None:
    """Have a queue that takes every event, and keeps the last one."""
    connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/")
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(EXCHANGE, durable=True, arguments={"x-max-length": 1})
        await queue.bind(exchange, "#")
