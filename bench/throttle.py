"""What a bucket costs: one small operation with and without, in turn, in CPU microseconds of this process.

    .venv/bin/python -m bench.throttle [--rounds 200] [--requests 50]

The endpoint is called as ASGI, without a socket and without a database, so that little else is measured. A Valkey
that the command starts keeps the buckets; `asked` has each operation ask it, which is what buckets without a
credit would cost. Each round asks in each way, and the medians are printed.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from pydantic import SecretStr
from starlette.types import Message, Scope

from db.embedded.valkey import valkey
from graph.cache import server
from graph.cache.cache import Cache, CacheOptions
from graph.cache.shared import SharedCache
from graph.http import bucket
from graph.http.bucket import Rate
from graph.http.documents import PersistedDocuments
from graph.http.endpoint import EndpointOptions, GraphQLEndpoint
from graph.http.ledger import Ledger
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

BODY = b'{"query": "{ __typename }"}'
RATE = Rate(10_000_000, 1_000_000)


class Endpoint:
    """An endpoint with buckets, or without any, and who asks it."""

    def __init__(self, settings: Settings, rates: Rates, till: Till, *, has_token: bool) -> None:
        revocations = Revocations()
        revocations.know(frozenset())
        cache = Cache.over(None, CacheOptions(seconds=0))
        authentication = Authentication(TokenRules.of(settings), JsonWebKeys(None), revocations)
        self._endpoint = GraphQLEndpoint(
            announcer_of(settings, cache, authentication),
            authentication,
            PersistedDocuments(None),
            cache,
            Gauge(settings.max_requests, settings.max_running, settings.max_lag),
            Throttle(rates, till),
            OperationNames(),
            EndpointOptions(settings.max_body_bytes, max_batch=0, compress_above=0, is_open=True),
        )
        self._till = till
        self._headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
        if has_token:
            token = development_token(settings, "PARTNER")
            self._headers.append((b"authorization", f"Bearer {token}".encode()))

    async def microseconds(self, requests: int, address: Callable[[int], str]) -> float:
        """The CPU that one request took, and its part of the account of all."""
        started = time.process_time()
        for number in range(requests):
            await self._ask(address(number))
        await self._till.tell()
        return (time.process_time() - started) / requests * 1e6

    async def _ask(self, address: str) -> None:
        scope: Scope = {
            "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "headers": list(self._headers), "client": (address, 1), "state": {"database": None},
        }  # fmt: skip
        await self._endpoint(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": BODY}

    async def _send(self, message: Message) -> None:
        if message.get("status", 200) != 200:  # noqa: PLR2004
            raise RuntimeError(f"the answer is {message['status']}")


async def measure(rounds: int, requests: int, url: str) -> None:
    """Print what a request costs in each way, for the anonymous and for the holder of a token."""
    settings = Settings(_env_file=None, token_secret=SecretStr("of this measurement, and long enough"))
    cache = SharedCache.at(url)
    rates = Rates(RATE, RATE)
    for has_token in (False, True):
        ways = {
            "no bucket": Endpoint(settings, Rates(), Till(), has_token=has_token),
            "of the process": Endpoint(settings, rates, Till(), has_token=has_token),
            "of all processes": Endpoint(settings, rates, Till(Ledger(cache)), has_token=has_token),
            "asked": Endpoint(settings, rates, Till(Ledger(cache)), has_token=has_token),
        }
        clients: dict[str, Callable[[int], str]] = {"one client": lambda _: "192.0.2.1"}
        if not has_token:
            clients["each another"] = lambda number: f"192.0.{number // 250}.{number % 250}"
        for what, address in clients.items():
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(rounds):
                for way, endpoint in ways.items():
                    with patch.object(bucket, "CREDIT", 0.0 if way == "asked" else bucket.CREDIT):
                        taken[way].append(await endpoint.microseconds(requests, address))
            told = ", ".join(f"{way} {statistics.median(each):.1f}" for way, each in taken.items())
            print(f"{'token' if has_token else 'anonymous'}, {what}: {told} us")
    await cache.aclose()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--requests", type=int, default=50)
    arguments = parser.parse_args()
    # A call that is given up would cost less than it does.
    with (
        tempfile.TemporaryDirectory() as folder,
        valkey(Path(folder)) as url,
        patch.object(server, "DEADLINE", 5.0),
    ):
        if url is None:
            raise SystemExit("No Valkey is installed.")
        asyncio.run(measure(arguments.rounds, arguments.requests, url))


if __name__ == "__main__":
    main()
