"""`ariesone serve` that is killed while people write: what was answered is there, once, in its order."""

import asyncio
import itertools
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.graph.commands.conftest import Server
from tests.graph.conftest import bearer

pytestmark = pytest.mark.slow

# Companies of the directory, each written by several people.
NPIS = ("2999999909", "2999999925")
WRITERS = 6
HEADERS = {"authorization": bearer("EDITOR", NPIS)}
# Seconds until a test that makes no headway is given up.
PATIENCE = 120
# What a change that is sent again may be answered until it is done.
AGAIN = {"SERVICE_UNAVAILABLE", "IDEMPOTENCY_IN_PROGRESS"}

UPDATE = """
    mutation Update($npi: NPI!, $value: String!) {
      updateCompany(input: {npi: $npi, website: $value}) { company { version website } userErrors { code } }
    }
"""
ADD = """
    mutation Add($npi: NPI!, $value: String!) {
      addLocation(
        input: {npi: $npi, address: {line1: $value, city: "Austin", state: "TX", postalCode: "78701"}}
      ) { company { version } location { id } userErrors { code } }
    }
"""
CHANGES = """
    query Changes($after: String!) {
      dataset { cursor }
      changes(after: $after, first: 200, filter: {npis: ["2999999909", "2999999925"]}) {
        nodes { cursor kind npi locationId fields { name old new } } pageInfo { endCursor hasNextPage }
      }
    }
"""
HISTORY = """
    query History($npi: NPI!, $after: String) {
      company(npi: $npi) {
        version website
        history(first: 100, after: $after) { nodes { cursor } pageInfo { endCursor hasNextPage } }
      }
    }
"""


@dataclass(frozen=True)
class Done:
    """A change that was acknowledged."""

    npi: str
    kind: str
    value: str
    cursor: str
    version: int


@dataclass
class Written:
    """What people write to a server that is killed: where it is by now, and what it has acknowledged."""

    server: Server
    done: list[Done] = field(default_factory=list)
    # How many changes were sent whose answer didn't come, and how many answers were those of the first time.
    lost: int = 0
    replayed: int = 0
    is_over: bool = False

    async def send(self, client: httpx2.AsyncClient, query: str, key: str, variables: dict[str, str]) -> Any:
        """The answer to a change, sent with its key until there is one."""
        while True:
            try:
                answer = await client.post(
                    f"{self.server.address}/graphql",
                    json={"query": query, "variables": variables},
                    headers={**HEADERS, "idempotency-key": key},
                )
                body = answer.json()
            except httpx2.TransportError as error:
                self.lost += not isinstance(error, httpx2.ConnectError)
            else:
                if "errors" not in body:
                    return body
                assert {each["extensions"]["code"] for each in body["errors"]} <= AGAIN, body
            await asyncio.sleep(0.05)

    async def write(self, writer: int) -> None:
        """Make one change after the other until all is over."""
        npi = NPIS[writer % len(NPIS)]
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            for number in itertools.count():
                if self.is_over:
                    return
                # A place is looked for among all others of its company: fewer of them.
                is_place = number % 8 == 0
                value = f"{number} Pier {writer} Rd" if is_place else f"https://w{writer}-{number}.example"
                variables = {"npi": npi, "value": value}
                body = await self.send(client, ADD if is_place else UPDATE, f"{writer}-{number}", variables)
                [payload] = body["data"].values()
                assert payload["userErrors"] == [], payload
                self.replayed += body["extensions"]["idempotency"]["replayed"]
                kind = "LOCATION_ADDED" if is_place else "COMPANY_UPDATED"
                cursor = body["extensions"]["consistency"]["cursor"]
                self.done.append(Done(npi, kind, value, cursor, payload["company"]["version"]))

    async def kill(self, start: Callable[[], Server]) -> None:
        """Kill the server some time after it has acknowledged something, and start another."""
        enough = len(self.done) + random.randint(1, 30)  # noqa: S311 - any will do
        while len(self.done) < enough:  # noqa: ASYNC110 - what is waited for comes from many
            await asyncio.sleep(0.001)
        await asyncio.sleep(random.uniform(0, 0.03))  # noqa: S311 - any will do
        self.server.process.send_signal(signal.SIGKILL)
        assert self.server.process.wait(timeout=PATIENCE) == -signal.SIGKILL
        self.server = await asyncio.to_thread(start)


def ask(server: Server, query: str, **variables: str | None) -> Any:
    answer = httpx2.post(
        f"{server.address}/graphql",
        json={"query": query, "variables": variables},
        headers=HEADERS,
        timeout=PATIENCE,
    )
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


def changes_after(server: Server, cursor: str) -> list[Any]:
    found: list[Any] = []
    while True:
        page = ask(server, CHANGES, after=cursor)["changes"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        cursor = page["pageInfo"]["endCursor"]


def history_of(server: Server, npi: str, length: int) -> list[str]:
    """The cursors of a company's newest changes, the newest first."""
    found: list[str] = []
    end = None
    while len(found) < length:
        page = ask(server, HISTORY, npi=npi, after=end)["company"]["history"]
        found += [each["cursor"] for each in page["nodes"]]
        end = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return found[:length]


def value_of(change: Any, name: str, which: str = "new") -> str | None:
    return next((each[which] for each in change["fields"] if each["name"] == name), None)


def require_exact(written: Written, start: str, versions: dict[str, int]) -> None:
    """Hold the log, the histories and the companies to what was acknowledged."""
    server = written.server
    log = changes_after(server, start)
    cursors = [int(each["cursor"]) for each in log]
    assert cursors == sorted(set(cursors))
    told = {each["cursor"]: each for each in log}
    names = {"COMPANY_UPDATED": "website", "LOCATION_ADDED": "line1"}
    # Nothing acknowledged is lost, nothing is there twice, nothing is there that nobody sent.
    assert sorted((each["npi"], each["kind"], value_of(each, names[each["kind"]])) for each in log) == sorted(
        (each.npi, each.kind, each.value) for each in written.done
    )
    for each in written.done:
        change = told[each.cursor]
        assert (change["npi"], change["kind"]) == (each.npi, each.kind)
        assert value_of(change, names[each.kind]) == each.value
    for npi in NPIS:
        ours = sorted((each for each in written.done if each.npi == npi), key=lambda each: int(each.cursor))
        # In the order of their versions, none left out.
        first = versions[npi] + 1
        assert [each.version for each in ours] == list(range(first, first + len(ours)))
        assert history_of(server, npi, len(ours)) == [each.cursor for each in reversed(ours)]
        sites = [each for each in log if each["npi"] == npi and each["kind"] == "COMPANY_UPDATED"]
        # Each starts from what the one before it left.
        for before, later in itertools.pairwise(sites):
            assert value_of(later, "website", "old") == value_of(before, "website")
        company = ask(server, HISTORY, npi=npi, after=None)["company"]
        assert company["version"] == ours[-1].version
        assert company["website"] == value_of(sites[-1], "website")


@pytest.mark.parametrize(
    "kills", [pytest.param(6, id="short"), pytest.param(200, marks=pytest.mark.long, id="long")]
)
async def test_what_was_acknowledged_is_there_once_however_often_the_server_is_killed(
    kills: int, serve: Callable[..., Server], sample_copy: str
) -> None:
    start_one = partial(serve, DATABASE_URL=sample_copy, CACHE_SECONDS="0", MAX_LAG="60")
    server = start_one()
    start = ask(server, CHANGES, after="0")["dataset"]["cursor"]
    versions = {npi: ask(server, HISTORY, npi=npi, after=None)["company"]["version"] for npi in NPIS}
    written = Written(server)
    async with asyncio.TaskGroup() as tasks:
        for writer in range(WRITERS):
            tasks.create_task(written.write(writer))
        for _ in range(kills):
            await asyncio.wait_for(written.kill(start_one), PATIENCE)
        written.is_over = True
    require_exact(written, start, versions)
    print(  # noqa: T201
        f"{kills} kills: {len(written.done)} changes, {written.lost} unanswered, {written.replayed} replayed"
    )
    # Each kill leaves somebody without an answer, or it came at no point that matters.
    assert written.lost >= kills
    assert "Traceback" not in written.server.output.read_text()
    assert written.server.end(signal.SIGTERM) == 0
