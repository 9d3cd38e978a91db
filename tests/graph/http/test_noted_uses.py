"""Who uses what: counted for each request by what its client is known by, and written to the database."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from starlette.types import ASGIApp

from db import usage
from db.engine import Database
from graph.app import create_app
from graph.http import usage as noting
from graph.http.exchange import Exchange
from graph.identity.viewer import ANONYMOUS, Viewer
from graph.settings import Settings
from graph.telemetry import usage as counting
from graph.telemetry.pseudonyms import pseudonyms
from graph.telemetry.usage import Client, UsageCounts
from graph.use import Use
from tests.graph.aging import create_aging_app
from tests.graph.conftest import Server, bearer
from tests.graph.events.talking import talking
from tests.graph.mutations.conftest import HOLZER

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

FIRM = f'{{ firm(npi: "{HOLZER}") {{ npi }} }}'
COMPANY = f'{{ company(npi: "{HOLZER}") {{ npi }} }}'
NAME, VERSION = "apollographql-client-name", "apollographql-client-version"
SOMEBODY = Viewer("auth0|somebody@clinic.example", issuer="https://issuer.example")


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> UsageCounts:
    """What is counted in one test."""
    found = UsageCounts()
    monkeypatch.setattr(noting, "usage_counts", found)
    return found


@pytest.fixture(scope="module")
def ageing(serve: Serve, settings_for: Callable[..., Settings], directory_url: str) -> Iterator[Server]:
    """A server of a schema with deprecated parts."""
    with serve(create_aging_app(settings_for(directory_url, cache_audit=0, max_batch=5))) as running:
        yield running


def counted(counts: UsageCounts) -> Counter[tuple[str, str]]:
    """How often each client, by name or kind, used each coordinate."""
    found: Counter[tuple[str, str]] = Counter()
    for (client, coordinates), times in counts._counts.items():
        found.update({(client.name or client.kind, each): times for each in coordinates})
    return found


def exchange_with(viewer: Viewer = ANONYMOUS, **headers: bytes) -> Exchange:
    lines = [(f"apollographql-client-{name}".encode(), value) for name, value in headers.items()]
    found = Exchange({"method": "POST", "path": "/graphql", "query_string": b"", "headers": lines})
    found.viewer = viewer
    return found


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (exchange_with(name=b"Web shop", version=b"2.1"), Client("CLAIMED", "Web shop", "2.1")),
        (exchange_with(SOMEBODY, name=b"shop"), Client("NAMED", "shop")),
        (exchange_with(), Client("ANONYMOUS")),
        (exchange_with(version=b"2.1"), Client("ANONYMOUS")),
        (exchange_with(name=b"x" * 65, version=b"1"), Client("ANONYMOUS")),
        (exchange_with(name=b"x" * 64, version=b"1" * 70), Client("CLAIMED", "x" * 64)),
        (exchange_with(name=b"\x1b[31mred"), Client("ANONYMOUS")),
        (exchange_with(name="é".encode()), Client("ANONYMOUS")),
        (exchange_with(name=b"shop", version=b"\n"), Client("CLAIMED", "shop")),
    ],
)
def test_a_client_is_known_by_its_name_or_its_token_or_not_at_all(exchange: Exchange, expected: Client) -> None:
    assert noting.client_of(exchange) == expected


def test_a_client_without_a_name_is_known_by_its_pseudonym() -> None:
    whom = pseudonyms.of(SOMEBODY.subject or "", SOMEBODY.issuer)
    assert noting.client_of(exchange_with(SOMEBODY)) == Client("VIEWER", whom)


def test_each_request_counts_kept_answers_too(ageing: Server, counts: UsageCounts) -> None:
    text = f'query Counted {{ firm(npi: "{HOLZER}") {{ npi }} }}'
    answers = [ageing.post(text, None, **{NAME: "shop", VERSION: "1"}) for _ in range(6)]
    answers += [ageing.post(text, authorization=bearer("admin"))]
    assert [each.headers["x-cache"] for each in answers].count("HIT") >= 3
    assert counted(counts).pop(("shop", "Query.firm")) == 6
    assert len(counted(counts)) == 2


def test_what_is_not_deprecated_is_not_counted(ageing: Server, counts: UsageCounts) -> None:
    for _ in range(4):
        assert ageing.post(COMPANY, None, **{NAME: "shop"}).status_code == 200
    assert counts.is_empty


def test_what_is_invalid_uses_nothing(ageing: Server, counts: UsageCounts) -> None:
    ageing.post('{ firm(npi: "1234567893") { nothing } }')
    ageing.post("query($npi: NPI) { firm(npi: $npi) { npi } }", {"npi": 1})
    assert counts.is_empty


def test_each_operation_of_a_batch_and_each_set_of_variables_counts(ageing: Server, counts: UsageCounts) -> None:
    ageing.client.post("/graphql", json=[{"query": FIRM}, {"query": COMPANY}, {"query": FIRM}])
    text = "query($look: Look) { companiesLike(look: $look) { npi } }"
    sets = [{"look": {"tone": "LOUD"}}, {"look": {"tone": "SHRILL"}}]
    ageing.client.post("/graphql", json={"query": text, "variables": sets})
    assert counted(counts) == {("ANONYMOUS", "Query.firm"): 2, ("ANONYMOUS", "Tone.SHRILL"): 1}


async def test_operations_over_a_websocket_count(ageing: Server, counts: UsageCounts) -> None:
    async with talking(ageing, bearer("admin")) as talk:
        await talk.ask(FIRM)
        await talk.hear()
    [((client, coordinates), times)] = counts._counts.items()
    assert (client.kind, coordinates, times) == ("VIEWER", frozenset({"Query.firm"}), 1)


async def test_who_opens_a_websocket_says_its_name_in_its_first_message(
    ageing: Server, counts: UsageCounts
) -> None:
    async with talking(ageing, is_begun=False) as talk:
        await talk.init({"ApolloGraphQL-Client-Name": "app", "headers": {VERSION: "3"}, "other": {"x": 1}})
        await talk.ask(FIRM)
        await talk.hear()
    async with talking(ageing, is_begun=False) as talk:
        await talk.init({NAME: ["no text"], VERSION: "é"})
        await talk.ask(FIRM)
        await talk.hear()
    clients = [client for client, _ in counts._counts]
    assert clients == [Client("CLAIMED", "app", "3"), Client("ANONYMOUS")]


def test_an_answer_that_is_made_for_the_cache_alone_counts_for_nobody(counts: UsageCounts) -> None:
    exchange = exchange_with(name=b"shop")
    use = Use(frozenset({"Query.firm"}), ())
    noting.note_use(exchange, use)
    apart = exchange.apart()
    noting.note_use(apart, use)
    assert apart.use is use
    assert counted(counts) == {("shop", "Query.firm"): 1}


def test_the_whole_schema_is_counted_where_that_is_asked_for(
    serve: Serve, settings_for: Callable[..., Settings], directory_url: str, counts: UsageCounts
) -> None:
    with serve(create_app(settings_for(directory_url, usage_fields="all"))) as running:
        assert running.post(COMPANY, None, **{NAME: "shop"}).json() == {"data": {"company": {"npi": HOLZER}}}
    assert counted(counts) == {
        ("shop", "Query.company"): 1, ("shop", "Query.company(npi:)"): 1, ("shop", "Company.npi"): 1,
    }  # fmt: skip


@pytest.mark.parametrize("interval", [0.02, 600])
async def test_uses_are_written_now_and_then_and_when_the_server_stops(
    serve: Serve,
    settings_for: Callable[..., Settings],
    sample_copy: str,
    monkeypatch: pytest.MonkeyPatch,
    interval: float,
) -> None:
    monkeypatch.setattr(counting, "INTERVAL", interval)
    async with Database.open(sample_copy) as database:
        with serve(create_aging_app(settings_for(sample_copy))) as running:
            running.post(FIRM, None, **{NAME: "shop", VERSION: "7"})
            while interval < 1 and not await usage.read(database):  # noqa: ASYNC110 - another thread writes
                await asyncio.sleep(0.02)
        [row] = await usage.read(database)
        assert (await usage.counted_since(database)).whole_since is None
    assert tuple(row.values())[:5] == ("Query.firm", "CLAIMED", "shop", "7", 1)
