"""A primary with two streaming replicas, and servers of the API over them."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from prometheus_client import Counter
from pydantic import SecretStr
from starlette.types import ASGIApp

from graph.app import create_app
from graph.settings import Settings
from graph.telemetry.replica_metrics import REPLICA_READ
from tests.db.nppes.cms import npi
from tests.graph.cache.test_cache_cases import settings_of, write
from tests.graph.conftest import Server
from tests.proxy import Proxy, proxying
from tests.replication import Replication, replicated

CREATE = 'mutation { createCompany(input: {npi: "%s", name: "Two Places Inc"}) { userErrors { code } } }'
WEBSITE = 'mutation { updateCompany(input: {npi: "%s", website: "https://%s.example"}) { userErrors { code } } }'

Serving = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replication]:
    """The primary and its replicas, for all of these tests."""
    with replicated(tmp_path_factory.mktemp("replication"), companies=50) as running:
        yield running


@pytest.fixture(scope="session")
def npis() -> Iterator[str]:
    """Numbers that no company has yet."""
    return iter(map(npi, range(100, 200)))


@pytest.fixture
async def replication(servers: Replication) -> Replication:
    """The same, with replicas that are where their primary is."""
    for each in servers.replicas:
        if each.process is None or each.process.poll() is not None:
            each.start()
    await servers.settle()
    return servers


@pytest.fixture
def far(replication: Replication) -> Iterator[Proxy]:
    """A proxy before the second replica."""
    with proxying(replication.replicas[1].socket) as proxy:
        yield proxy


@pytest.fixture
def over(
    replication: Replication, far: Proxy, serve: Callable[[ASGIApp], AbstractContextManager[Server]]
) -> Serving:
    """Serve over the primary, the first replica, and the second one by way of its proxy, once all are in use."""

    @contextmanager
    def serving(redis_url: str | None = None, **others: Any) -> Iterator[Server]:
        with serve(create_app(settings_over(replication, far, redis_url, **others))) as server:
            await_health(server, "healthy: 2 in use")
            yield server

    return serving


def settings_over(replication: Replication, far: Proxy, redis_url: str | None = None, **others: Any) -> Settings:
    """Settings with both replicas; what is kept is never asked of the database again."""
    near, path = replication.replicas[0].url, replication.replicas[1].url.partition("?")[0].rpartition("/")[2]
    urls = SecretStr(f"{near}, postgresql://ariesone@127.0.0.1:{far.port}/{path}?sslmode=disable")
    kept = {"cache_audit": 0, "max_lag": 60, **others}
    return settings_of(replication.primary.url, redis_url, database_replica_urls=urls, **kept)


def health_of(server: Server) -> str:
    """What /health says of the replicas."""
    found = server.client.get("/health").json()["checks"]["replicas"]
    return f"{found['status']}: {found['detail']}"


def await_health(server: Server, words: str, seconds: float = 20.0) -> float:
    """Wait until /health says this of the replicas; return the seconds that it took."""
    began = time.monotonic()
    while words not in health_of(server):
        assert time.monotonic() - began < seconds, health_of(server)
        time.sleep(0.02)
    return time.monotonic() - began


def counted(before: tuple[float, float] = (0, 0)) -> tuple[float, float]:
    """How many queries were read from the first and the second replica, in all of these tests or since before."""
    # Each look at a replica counts what was read from it until then.
    time.sleep(0.25)
    found = total_by_name(REPLICA_READ)
    far = sum(number for name, number in found.items() if name.startswith("127.0.0.1:"))
    return sum(found.values()) - far - before[0], far - before[1]


def total_by_name(counter: Counter) -> dict[str, float]:
    """What was counted of each replica."""
    samples = (sample for metric in counter.collect() for sample in metric.samples)
    return {each.labels["replica"]: each.value for each in samples if each.name.endswith("_total")}


def set_website(server: Server, npi: str, word: object) -> str:
    """Change a company's website, and return the change's cursor."""
    return write(server, WEBSITE % (npi, word)).headers["consistency-cursor"]


def website_of(server: Server, npi: str, **headers: str) -> Any:
    """The website that a company has."""
    answer = server.post('{ company(npi: "%s") { website } }' % npi, {}, **headers)  # noqa: UP031 - braces
    assert "errors" not in answer.json(), answer.text
    return (answer.json()["data"]["company"]["website"] or "").removeprefix("https://").removesuffix(".example")
