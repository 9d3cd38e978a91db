"""What a token costs: the same operation with one and without, in turn, in CPU microseconds of this process.

    .venv/bin/python -m bench.tokens [--rounds 400] [--requests 50]

The endpoint is called as ASGI, without a socket and without a database, so that nothing else is measured; each
round asks without a token and with each kind of one, and the median of the differences is printed.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from pydantic import SecretStr
from starlette.types import Message, Scope

from graph.cache.cache import Cache, CacheOptions
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

# Microseconds that a verified request may cost more than an anonymous one.
GOAL = 5.0

BODY = b'{"query": "{ __typename }"}'
# What browsers and libraries send besides.
HEADERS = (
    (b"host", b"api.example"),
    (b"user-agent", b"bench"),
    (b"accept", b"application/graphql-response+json, application/json;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"content-type", b"application/json"),
    (b"content-length", str(len(BODY)).encode()),
)

Headers = Sequence[tuple[bytes, bytes]]


class PublishedKey(JsonWebKeys):
    """An issuer's key that is here already."""

    def __init__(self, key: RSAPrivateKey) -> None:
        super().__init__(None)
        self._keys = {("rsa", "RS256"): [key.public_key()]}


class Asker:
    """Sends one request to the endpoint, with one set of headers or another."""

    def __init__(self, settings: Settings, keys: JsonWebKeys) -> None:
        revocations = Revocations()
        revocations.know(frozenset({("", f"revoked-{number}") for number in range(1000)}))
        authentication = Authentication(TokenRules.of(settings), keys, revocations)
        # Nothing is kept: an answer that was there would hide what a request costs.
        cache = Cache.over(None, CacheOptions(seconds=0))
        self._endpoint = GraphQLEndpoint(
            announcer_of(settings, cache, authentication),
            authentication,
            PersistedDocuments(None),
            cache,
            Gauge(settings.max_requests, settings.max_running, settings.max_lag),
            Throttle(Rates(), Till()),
            OperationNames(),
            EndpointOptions(settings.max_body_bytes, max_batch=0, compress_above=0, is_open=True),
        )

    async def ask(self, headers: Headers) -> None:
        """Send the request once; raises RuntimeError where it isn't answered well."""
        scope: Scope = {
            "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "headers": list(headers), "state": {"database": None},
        }  # fmt: skip
        await self._endpoint(scope, self._receive, self._send)

    async def microseconds(self, headers: Headers, requests: int) -> float:
        """Return the CPU that one request took."""
        started = time.process_time()
        for _ in range(requests):
            await self.ask(headers)
        return (time.process_time() - started) / requests * 1e6

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": BODY}

    async def _send(self, message: Message) -> None:
        if message.get("status", 200) != 200:  # noqa: PLR2004
            raise RuntimeError(f"the answer is {message['status']}")


def with_token(token: str) -> Headers:
    """Return the headers of a request with a token."""
    return (*HEADERS, (b"authorization", f"Bearer {token}".encode()))


async def measure(rounds: int, requests: int) -> None:
    """Print what a request costs without a token, and how much more with each kind of token."""
    settings = Settings(_env_file=None, token_secret=SecretStr("of this measurement, and long enough"))
    key = generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"sub": "bench", "roles": ["PARTNER"], "exp": int(time.time()) + 3600, "jti": "bench"}
    kinds = {
        "anonymous": HEADERS,
        "HS256": with_token(development_token(settings, "PARTNER")),
        "RS256": with_token(jwt.encode(claims, key, "RS256", headers={"kid": "rsa"})),
    }
    asker = Asker(settings, PublishedKey(key))
    found: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, headers in kinds.items():
            found[name].append(await asker.microseconds(headers, requests))
    base = found.pop("anonymous")
    print(f"anonymous: {statistics.median(base):.1f} us of CPU a request")
    for name, taken in found.items():
        more = statistics.median(mine - others for mine, others in zip(taken, base, strict=True))
        verdict = "met" if more <= GOAL else "missed"
        print(f"{name}, verified before: {more:+.1f} us; the goal of at most {GOAL:g} is {verdict}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--requests", type=int, default=50)
    given = parser.parse_args()
    asyncio.run(measure(given.rounds, given.requests))


if __name__ == "__main__":
    main()
