"""What a change costs: updateCompany with a key beside the same rows written by hand, in CPU of both sides.

    .venv/bin/python -m bench.writes [--rounds 20] [--changes 1000]

On an embedded PostgreSQL of its own with the built-in sample, on the event loop and with the collector's
thresholds that servers have. By hand (bench/by_hand.py) it is written twice: as a transaction alone, over a
connection that is there, with the same check of the value, by which the goal is set; and as the ASGI application
round it, which verifies a token, reads JSON and takes a connection. The applications are called without a socket.
The CPU of this process and that of PostgreSQL are told apart; each round has all ways, in turn.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import uvloop
from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Scope

from bench import by_hand, processes
from db import migrations
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.nppes.sample_load import load_sample
from graph.cache.cache import Cache, CacheOptions
from graph.commands.listen import collect_seldom
from graph.http.documents import PersistedDocuments
from graph.http.endpoint import EndpointOptions, GraphQLEndpoint
from graph.http.overload import Gauge
from graph.http.throttle import Rates, Throttle
from graph.http.till import Till
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.development_tokens import development_token
from graph.identity.jwks import JsonWebKeys
from graph.identity.revocation import Revocations
from graph.parts import announcer_of
from graph.settings import Settings
from graph.telemetry.operations import OperationNames

# Times the CPU of the transaction by hand that a change through the API may cost.
GOAL = 1.3
COMPANIES = 20_000
# Changes before the first that is measured, by each way.
WARMUP = 1000
SECRET = "of this measurement, and long enough"  # noqa: S105 - nobody else's

TRANSACTION = "the transaction by hand"
HANDLER = "its handler by hand"

UPDATE = """
    mutation Update($npi: NPI!, $website: String) {
      updateCompany(input: {npi: $npi, website: $website}) { company { npi website version } userErrors { code } }
    }
"""

Change = Callable[[str, str], Awaitable[None]]


def endpoint_of(settings: Settings) -> ASGIApp:
    """The endpoint as servers have it, without a bucket and without kept answers."""
    revocations = Revocations()
    revocations.know(frozenset())
    cache = Cache.over(None, CacheOptions(seconds=0))
    authentication = Authentication(TokenRules.of(settings), JsonWebKeys(None), revocations)
    return GraphQLEndpoint(
        announcer_of(settings, cache, authentication),
        authentication,
        PersistedDocuments(None),
        cache,
        Gauge(settings.max_requests, settings.max_running, settings.max_lag),
        Throttle(Rates(), Till()),
        OperationNames(),
        EndpointOptions(settings.max_body_bytes, max_batch=0, compress_above=0, is_open=True),
    )


class Asker:
    """Sends changes to an application, as a rule with a new key; `state` is what its server has opened."""

    def __init__(self, app: ASGIApp, settings: Settings, state: Mapping[str, object]) -> None:
        self._app = app
        self._state = state
        self._token = f"Bearer {development_token(settings, 'ADMIN')}".encode()

    async def ask(self, body: Mapping[str, object], *, has_key: bool = True) -> None:
        """Send one; raises RuntimeError where nothing is changed."""
        answer = await self._send(body, has_key=has_key)
        if b'"version":' not in answer or b'"errors":' in answer:
            raise RuntimeError(answer.decode())

    async def read(self, body: Mapping[str, object]) -> bytes:
        """Send what changes nothing; the answer, in JSON. Raises RuntimeError where it fails."""
        answer = await self._send(body, has_key=False)
        if b'"errors":' in answer:
            raise RuntimeError(answer.decode())
        return answer

    async def _send(self, body: Mapping[str, object], *, has_key: bool) -> bytes:
        content = orjson.dumps(body)
        headers = [
            (b"host", b"api.example"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
            (b"authorization", self._token),
            *([(b"idempotency-key", str(uuid4()).encode())] if has_key else ()),
        ]
        scope: Scope = {
            "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "headers": headers, "state": self._state,
        }  # fmt: skip
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content}

        async def send(message: Message) -> None:
            told.append(message)

        await self._app(scope, receive, send)
        return b"".join(each.get("body", b"") for each in told)


async def microseconds(
    change: Change, npis: Sequence[str], numbers: Sequence[int], postmaster: int
) -> list[float]:
    """The CPU of one change, in this process and in PostgreSQL."""
    server, here = processes.cpu_seconds(postmaster), time.process_time()
    for number in numbers:
        await change(npis[number % len(npis)], f"https://{number}.example")
    here = time.process_time() - here
    server = processes.cpu_seconds(postmaster) - server
    return [each / len(numbers) * 1e6 for each in (here, server)]


async def measure(url: str, rounds: int, changes: int) -> None:
    """Print what a change costs by each way."""
    settings = Settings(_env_file=None, token_secret=SecretStr(SECRET))
    postmaster = await processes.postmaster_of(url)
    if postmaster is None:
        raise RuntimeError("PostgreSQL isn't on this machine.")
    async with connection_to(url) as connection:
        await load_sample(connection, companies=COMPANIES, seed=1)
        await connection.execute("ANALYZE")
        npis = [row["npi"] for row in await connection.fetch("SELECT npi FROM companies ORDER BY npi")]
    async with (
        # Another one: a session with temporary tables, such as a load's, empties them at each commit.
        connection_to(url) as connection,
        Database.open(url) as database,
        asyncpg.create_pool(url, min_size=1, max_size=2) as pool,
    ):
        handler = Asker(by_hand.Handler(pool, SECRET), settings, {})
        endpoint = Asker(endpoint_of(settings), settings, {"database": database})

        async def transact(npi: str, website: str) -> None:
            await by_hand.change(connection, npi, website, str(uuid4()))

        async def handle(npi: str, website: str) -> None:
            await handler.ask({"npi": npi, "website": website})

        async def update(npi: str, website: str) -> None:
            await endpoint.ask({"query": UPDATE, "variables": {"npi": npi, "website": website}})

        ways: dict[str, Change] = {TRANSACTION: transact, HANDLER: handle, "updateCompany": update}
        found: dict[str, list[list[float]]] = {name: [] for name in ways}
        order, numbers = list(ways), itertools.count()
        collect_seldom()
        for change in ways.values():
            await microseconds(change, npis, list(itertools.islice(numbers, WARMUP)), postmaster)
        # Statements that were planned when there were no keys and no changes would look through all of them.
        await connection.execute("ANALYZE")
        for number in range(rounds):
            # What one way leaves for PostgreSQL to clear up falls to the next: each comes first in turn.
            for name in (*order[number % len(order) :], *order[: number % len(order)]):
                taken = await microseconds(ways[name], npis, list(itertools.islice(numbers, changes)), postmaster)
                found[name].append(taken)
    report(found)


def report(found: dict[str, list[list[float]]]) -> None:
    """Print the medians, and how many times the others updateCompany is."""
    print("| a change | us of CPU here | in PostgreSQL | together |\n|---|--:|--:|--:|")
    sums = {}
    for name, rounds in found.items():
        here, server = (statistics.median(each) for each in zip(*rounds, strict=True))
        sums[name] = statistics.median(map(sum, rounds))
        print(f"| {name} | {here:,.0f} | {server:,.0f} | {sums[name]:,.0f} |")
    times = {name: sums["updateCompany"] / sums[name] for name in (TRANSACTION, HANDLER)}
    print(f"{times[TRANSACTION]:.2f} times the transaction, {times[HANDLER]:.2f} times the handler")
    verdict = "met" if times[TRANSACTION] <= GOAL else "missed"
    print(f"the goal of at most {GOAL:g} times the transaction is {verdict}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--changes", type=int, default=1_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder, postgresql(Path(folder)) as url:
        migrations.upgrade(url)
        uvloop.run(measure(url, given.rounds, given.changes))


if __name__ == "__main__":
    main()
