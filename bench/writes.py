"""What a change costs: updateCompany with a key beside the same rows written by hand, in CPU of both sides.

    .venv/bin/python -m bench.writes [--rounds 20] [--changes 200]

On an embedded PostgreSQL of its own with the built-in sample. The endpoint is called as ASGI, without a socket; by
hand a transaction is asyncpg's alone: the key is looked up, the company locked, written, its change and the key
recorded. The CPU of this process and that of PostgreSQL are told apart; each round has both, in turn.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
from pydantic import SecretStr
from starlette.types import Message, Scope

from bench import processes
from db import migrations
from db.embedded.postgresql import postgresql
from db.engine import Database, connection_to
from db.nppes.sample_load import load_sample
from graph.app import limits_of
from graph.cache.cache import Cache, CacheOptions
from graph.execution.run import Runner
from graph.http.documents import PersistedDocuments
from graph.http.endpoint import EndpointOptions, GraphQLEndpoint
from graph.http.overload import Gauge
from graph.http.throttle import Throttle
from graph.identity.authentication import Authentication, TokenRules
from graph.identity.development_tokens import development_token
from graph.identity.jwks import JsonWebKeys
from graph.identity.revocation import Revocations
from graph.schema import core_schema
from graph.settings import Settings

# Times the CPU of a change by hand that one of the API may cost.
GOAL = 1.3
COMPANIES = 300

UPDATE = """
    mutation Update($npi: NPI!, $website: String) {
      updateCompany(input: {npi: $npi, website: $website}) { company { npi website version } userErrors { code } }
    }
"""

_FIND = (
    "SELECT fingerprint, answer FROM idempotency_keys WHERE (issuer, subject, key, place) = ('', 'hand', $1, 0)"
)
_LOCK = "SELECT website, version, facets(npi) AS facets FROM companies WHERE npi = $1 FOR NO KEY UPDATE"
_WRITE = """
    UPDATE companies SET website = $2, version = version + 1, updated_at = now() WHERE npi = $1 RETURNING version
"""
_RECORD = """
    INSERT INTO changes (npi, kind, fields, old, new, facets_before, facets_after, issuer, subject)
    VALUES ($1, 'COMPANY_UPDATED', ARRAY['website'], $2, $3, $4, facets($1), '', 'hand') RETURNING id
"""
_KEEP = """
    INSERT INTO idempotency_keys (issuer, subject, key, place, fingerprint, answer, cursor)
    VALUES ('', 'hand', $1, 0, $2, $3, $4)
"""

Change = Callable[[str, str], Awaitable[None]]


async def change_by_hand(connection: asyncpg.Connection, npi: str, website: str) -> None:
    """Write a company's web site, its change and a key, as one would by hand."""
    key = str(uuid4())
    async with connection.transaction():
        if await connection.fetchrow(_FIND, key) is not None:
            return
        [row] = await connection.fetch(_LOCK, npi)
        version = await connection.fetchval(_WRITE, npi, website)
        old, new = json.dumps({"website": row["website"]}), json.dumps({"website": website})
        cursor = await connection.fetchval(_RECORD, npi, old, new, row["facets"])
        answer = json.dumps({"npi": npi, "website": website, "version": version})
        await connection.execute(_KEEP, key, bytes(32), answer, cursor)


class Asker:
    """Sends updateCompany to the endpoint, each time with a new key."""

    def __init__(self, settings: Settings, database: Database) -> None:
        revocations = Revocations()
        revocations.know(frozenset())
        self._endpoint = GraphQLEndpoint(
            Runner(core_schema, limits_of(settings), settings.operation_timeout),
            Authentication(TokenRules.of(settings), JsonWebKeys(None), revocations),
            PersistedDocuments(None),
            Cache.over(None, CacheOptions(seconds=0)),
            Gauge(settings.max_requests, settings.max_running, settings.max_lag),
            Throttle(None, None),
            EndpointOptions(settings.max_body_bytes, max_batch=0, compress_above=0, is_open=True),
        )
        self._database = database
        self._token = f"Bearer {development_token(settings, 'ADMIN')}".encode()

    async def change(self, npi: str, website: str) -> None:
        """Have a web site written; raises RuntimeError where it isn't."""
        body = json.dumps({"query": UPDATE, "variables": {"npi": npi, "website": website}}).encode()
        headers = [
            (b"host", b"api.example"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"authorization", self._token),
            (b"idempotency-key", str(uuid4()).encode()),
        ]
        scope: Scope = {
            "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "headers": headers, "state": {"database": self._database},
        }  # fmt: skip
        told: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            told.append(message)

        await self._endpoint(scope, receive, send)
        content = b"".join(each.get("body", b"") for each in told)
        if b'"version":' not in content or b'"errors":' in content:
            raise RuntimeError(content.decode())


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
    settings = Settings(_env_file=None, token_secret=SecretStr("of this measurement, and long enough"))
    postmaster = await processes.postmaster_of(url)
    if postmaster is None:
        raise RuntimeError("PostgreSQL isn't on this machine.")
    async with connection_to(url) as connection, Database.open(url) as database:
        await load_sample(connection, companies=COMPANIES, seed=1)
        await connection.execute("ANALYZE")
        npis = [row["npi"] for row in await connection.fetch("SELECT npi FROM companies ORDER BY npi")]

        async def by_hand(npi: str, website: str) -> None:
            await change_by_hand(connection, npi, website)

        ways: dict[str, Change] = {"by hand": by_hand, "updateCompany": Asker(settings, database).change}
        found: dict[str, list[list[float]]] = {name: [] for name in ways}
        numbers = itertools.count()
        for number in range(rounds + 1):
            for name, change in ways.items():
                taken = await microseconds(change, npis, list(itertools.islice(numbers, changes)), postmaster)
                # The first round opens connections and prepares statements.
                if number:
                    found[name].append(taken)
    report(found)


def report(found: dict[str, list[list[float]]]) -> None:
    """Print the medians, and how many times the one the other is."""
    print("| a change | us of CPU here | in PostgreSQL | together |\n|---|--:|--:|--:|")
    sums = {}
    for name, rounds in found.items():
        here, server = (statistics.median(each) for each in zip(*rounds, strict=True))
        sums[name] = statistics.median(map(sum, rounds))
        print(f"| {name} | {here:,.0f} | {server:,.0f} | {sums[name]:,.0f} |")
    times = sums["updateCompany"] / sums["by hand"]
    print(f"{times:.2f} times; the goal of at most {GOAL:g} is {'met' if times <= GOAL else 'missed'}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--changes", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ariesone-bench-") as folder, postgresql(Path(folder)) as url:
        migrations.upgrade(url)
        asyncio.run(measure(url, given.rounds, given.changes))


if __name__ == "__main__":
    main()
