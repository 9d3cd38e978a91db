"""A WebSocket, two event streams, a webhook and a queue tell the same changes, whatever is killed or cut off."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser
from standardwebhooks import Webhook

from db.engine import connection_to
from db.nppes.sample_load import load_sample
from tests.graph.conftest import bearer
from tests.graph.webhooks.addressee import TAKEN, Addressee, Post, Reply
from tests.proxy import Proxy
from tests.ways.hearers import Heard, Hearer, Program, consuming, tab
from tests.ways.parts import Parts

ADMIN, PARTNER = bearer("admin"), bearer("partner")
CHANCE = random.Random(15)  # noqa: S311 - the same in each run, as far as it goes

EDIT = "mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { userErrors { code } } }"
REGISTER = """
    mutation($input: RegisterWebhookInput!) {
      registerWebhook(input: $input) { secret userErrors { code message } }
    }
"""
HEARD = "subscription { changes { cursor kind npi } }"
# What says that the same may be asked again.
AGAIN = {"SERVICE_UNAVAILABLE", "DATABASE_UNAVAILABLE", "TIMEOUT", "IDEMPOTENCY_IN_PROGRESS"}

WRITERS = 3

Fault = Callable[[], None]


@dataclass
class Receiver:
    """What a webhook sent, as far as its signature was right."""

    addressee: Addressee
    webhook: Webhook
    wrong: list[Exception] = field(default_factory=list)

    def answer(self, post: Post) -> Reply:
        try:
            self.webhook.verify(post.body, post.headers)
        except Exception as error:  # noqa: BLE001 - whatever it finds
            self.wrong.append(error)
            return 400, {}
        return TAKEN

    async def heard(self) -> list[Heard]:
        return [(each.cursor, each.npi) for each in self.addressee.taken]


@dataclass
class Scene:
    """All parts, and everybody who hears, by what they are called."""

    parts: Parts
    client: httpx2.AsyncClient
    npis: Sequence[str]
    start: int
    exact: dict[str, Hearer] = field(default_factory=dict)
    repeated: dict[str, Hearer] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)

    async def write(self, numbers: Iterator[int]) -> None:
        """Make changes for as long as there are numbers, of which others may take some."""
        for number in numbers:
            await self.change(number)

    async def change(self, number: int) -> None:
        """Change a company once, however often that has to be asked for."""
        given = {"npi": CHANCE.choice(self.npis), "website": f"https://number{number}.example"}
        headers = {"authorization": ADMIN, "idempotency-key": f"change-{number}"}
        body = {"query": EDIT, "variables": {"input": given}}
        while True:
            try:
                answer = (await self.client.post("/graphql", json=body, headers=headers)).json()
            except (httpx2.TransportError, ValueError):
                await asyncio.sleep(0.1)
                continue
            if not answer.get("errors"):
                assert answer["data"]["updateCompany"]["userErrors"] == [], answer
                return
            assert {each["extensions"]["code"] for each in answer["errors"]} <= AGAIN, answer
            await asyncio.sleep(0.1)

    async def changes(self) -> list[Heard]:
        """What was to be heard."""
        async with connection_to(self.parts.database_url) as connection:
            rows = await connection.fetch("SELECT id, npi FROM changes WHERE id > $1 ORDER BY id", self.start)
        return [tuple(row) for row in rows]

    def kills(self) -> dict[str, Fault]:
        """Who may be killed."""
        parts = self.parts
        one, other = parts.deliverers
        return {
            "the server": partial(again, parts.server),
            "a deliverer": partial(again, one),
            "both deliverers": partial(again, one, other),
            "PostgreSQL": parts.kill_postgresql,
            "RabbitMQ": partial(again, parts.broker),
            "the clients": partial(again, *(each.process for each in self.programs)),
        }


def again(*processes: Any) -> None:
    """Kill processes, and start them anew."""
    for each in processes:
        each.kill()
    for each in processes:
        each.start()


async def cut_off(link: Proxy, how: str) -> None:
    """Let nothing come through for a while."""
    if how == "silent":
        await asyncio.to_thread(link.hold_back)
    elif how == "refusing":
        await asyncio.to_thread(link.refuse)
    else:
        await asyncio.to_thread(link.swallow)
    await asyncio.sleep(CHANCE.uniform(0.3, 1.5))
    await asyncio.to_thread(link.reset_once if how == "losing answers" else link.heal)


@asynccontextmanager
async def playing(parts: Parts, receiver: Addressee, chromium: Browser, packages: Path) -> AsyncIterator[Scene]:
    """Have everybody listen to a sample."""
    async with AsyncExitStack() as stack:
        async with connection_to(parts.database_url) as connection:
            await load_sample(connection, companies=40, seed=7)
            npis = [row["npi"] for row in await connection.fetch("SELECT npi FROM companies ORDER BY npi")]
            start = await connection.fetchval("SELECT max(id) FROM changes")
        await asyncio.to_thread(parts.server.start)
        client = httpx2.AsyncClient(base_url=parts.url, timeout=5)
        scene = Scene(parts, await stack.enter_async_context(client), npis, start)
        for way in ("ws", "sse"):
            token = PARTNER.removeprefix("Bearer ")
            program = Program.of(way, parts.folder, packages, parts.url, token, start)
            stack.callback(program.process.stop)
            program.process.start()
            scene.programs.append(program)
            scene.exact[way] = program
        scene.exact["EventSource"] = await stack.enter_async_context(tab(chromium, parts.url, PARTNER, start))
        broker_url = f"amqp://guest:guest@127.0.0.1:{parts.links.consumer_to_broker.port}/"
        scene.repeated["queue"] = await stack.enter_async_context(consuming(broker_url, start))
        scene.repeated["webhook"] = await registered(scene, receiver)
        for each in parts.deliverers:
            each.start()
        yield scene


async def registered(scene: Scene, addressee: Addressee) -> Receiver:
    """Register a webhook that begins where all begin."""
    subscription = {"document": HEARD}
    given = {"url": scene.parts.receiver_url, "subscription": subscription, "from": str(scene.start)}
    body = {"query": REGISTER, "variables": {"input": given}}
    answer = (await scene.client.post("/graphql", json=body, headers={"authorization": PARTNER})).json()
    found = answer["data"]["registerWebhook"]
    assert found["userErrors"] == [], found
    receiver = Receiver(addressee, Webhook(found["secret"]))
    addressee.answer = receiver.answer
    return receiver


@pytest.mark.parametrize(
    ("passes", "changes"),
    [
        pytest.param(1, 480, id="short", marks=pytest.mark.slow),
        pytest.param(4, 10_000, id="long", marks=pytest.mark.long),
    ],
)
# aiormq begins to close what it has lost twice.
@pytest.mark.filterwarnings("ignore:coroutine 'Connection.close' was never awaited:RuntimeWarning")
async def test_all_hear_the_same_whatever_is_killed_or_cut_off(
    passes: int, changes: int, parts: Parts, receiver: Addressee, chromium: Browser, packages: Path
) -> None:
    async with playing(parts, receiver, chromium, packages) as scene:
        faults: list[tuple[str, Any]] = [
            (name, partial(asyncio.to_thread, kill)) for name, kill in scene.kills().items()
        ]
        faults += [
            (f"{way} {how}", partial(cut_off, link, how))
            for way, link in vars(scene.parts.links).items()
            for how in ("silent", "refusing", "losing answers")
        ]
        rounds = CHANCE.sample(faults, len(faults)) * passes
        numbers = iter(range(changes))
        per_round = -(-changes // len(rounds))
        for name, fault in rounds:
            now = islice(numbers, per_round)
            print(name, flush=True)  # noqa: T201 - so that what went wrong is known
            async with asyncio.timeout(90):
                await asyncio.gather(fault(), *(scene.write(now) for _ in range(WRITERS)))
        expected = await scene.changes()
        assert len(expected) == changes
        everybody = scene.exact | scene.repeated
        await until_heard(everybody, {cursor for cursor, _ in expected})
        for name, hearer in scene.exact.items():
            assert await hearer.heard() == expected, name
        for name, hearer in scene.repeated.items():
            heard = await hearer.heard()
            assert first_of_each_company(heard) == first_of_each_company(expected), name
            assert set(heard) == set(expected), name
            print(f"{name}: {len(heard) - len(expected)} of {changes} came twice")  # noqa: T201 - a figure
        hook = scene.repeated["webhook"]
        assert isinstance(hook, Receiver)
        assert hook.wrong == []


async def until_heard(hearers: dict[str, Hearer], cursors: set[int]) -> None:
    """Wait until everybody has heard of all."""
    left = dict(hearers)
    try:
        async with asyncio.timeout(120):
            while left:
                for name, hearer in list(left.items()):
                    if cursors <= {cursor for cursor, _ in await hearer.heard()}:
                        del left[name]
                await asyncio.sleep(0.2)
    except TimeoutError:
        missing = {
            name: sorted(cursors - {cursor for cursor, _ in await hearer.heard()})[:10]
            for name, hearer in left.items()
        }
        raise AssertionError(missing) from None


def first_of_each_company(heard: list[Heard]) -> dict[str, list[int]]:
    """The cursors of each company's changes by when they were first heard of."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    seen: set[int] = set()
    for cursor, npi in heard:
        if cursor not in seen:
            seen.add(cursor)
            found[npi].append(cursor)
    return dict(found)
