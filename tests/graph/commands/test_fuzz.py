"""Whatever is sent: no 5xx, no stall, one shape of error, nothing of the inside. `make test-long` sends more."""

import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import pytest

from graph.schema import schema
from tests.graph.commands.conftest import Server
from tests.graph.generation import Generator
from tests.graph.http import malformed

# What must never be in a reply. The API has no field or word like these.
INTERNALS = re.compile(
    r"Traceback|File \"|site-packages|asyncpg|sqlalchemy|strawberry|graphql[-_]core|uvicorn|starlette|postgres|"
    r"redis|SELECT |INSERT |\.py\b|Did you mean|Exception|coroutine|0x[0-9a-f]{6}",
    re.IGNORECASE,
)
# Seconds that no request may keep another one waiting for.
LONGEST_STALL = 0.1

SIZES = [pytest.param(400, 200, id="short"), pytest.param(20_000, 5_000, marks=pytest.mark.long, id="long")]


@dataclass
class Client:
    """Sends requests one at a time, and keeps how long the slowest one took: nothing can stall for longer.

    A machine has other things to do, so a slow one is sent again, and its quickest time counts.
    """

    http: httpx2.Client
    slowest: float = 0.0

    def send(self, sent: malformed.Request) -> httpx2.Response:
        answer, seconds = self._timed(sent)
        if seconds > LONGEST_STALL / 2:
            seconds = min(seconds, *(self._timed(sent)[1] for _ in range(4)))
        self.slowest = max(self.slowest, seconds)
        return answer

    def _timed(self, sent: malformed.Request) -> tuple[httpx2.Response, float]:
        started = time.perf_counter()
        answer = self.http.request(sent.method, sent.path, headers=sent.headers, content=sent.body)
        return answer, time.perf_counter() - started


def check(answer: httpx2.Response, sent: object) -> None:
    assert answer.status_code < 500, (answer.status_code, answer.text[:500], sent)
    assert not (found := INTERNALS.search(answer.text)), (found, answer.text[:500], sent)


def check_errors(answer: httpx2.Response, sent: object) -> None:
    parsed = answer.json()
    entries = parsed if isinstance(parsed, list) else [parsed]
    for entry in entries:
        for error in entry.get("errors", []):
            extensions = error["extensions"]
            assert error["message"], sent
            assert extensions["code"] != "INTERNAL_SERVER_ERROR", (error, sent)
            assert {"code", "status", "traceId", "timestamp", "help"} <= set(extensions), (error, sent)


@pytest.mark.parametrize(("operations", "requests"), SIZES)
def test_nothing_that_is_sent_breaks_stalls_or_opens_it(
    serve: Callable[..., Server], operations: int, requests: int
) -> None:
    server = serve(SAMPLE_COMPANIES="300", LOG_LEVEL="ERROR")
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to see a failure again
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    answer = server.ask("{ companies(first: 100) { nodes { npi } } }")
    npis = [node["npi"] for node in answer["data"]["companies"]["nodes"]]
    generator = Generator(schema._schema, rng, npis)
    executed = 0
    with httpx2.Client(base_url=server.address, timeout=20) as http:
        client = Client(http)
        for _ in range(operations):
            query, variables = generator.operation()
            body = json.dumps({"query": query, "variables": variables}).encode()
            answer = client.send(malformed.Request("POST", "/graphql", {"content-type": "application/json"}, body))
            check(answer, body)
            check_errors(answer, body)
            executed += "data" in answer.json()
        for _ in range(requests):
            sent = malformed.request(rng)
            answer = client.send(sent)
            check(answer, sent)
            if sent.path.startswith("/graphql?") and sent.method != "HEAD":
                check_errors(answer, sent)
    print(f"{executed} of {operations} executed; the slowest took {client.slowest * 1000:.0f} ms")  # noqa: T201
    assert executed > operations / 3
    assert client.slowest < LONGEST_STALL
