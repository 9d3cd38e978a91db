"""Lists of places and companies that something enters or leaves by what is loaded, or added beside it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis
from starlette.types import ASGIApp

from db.engine import connection_to
from db.nppes import layout
from graph.app import create_app
from graph.cache import worth
from graph.cache.follower import BOUND
from tests.db.nppes.cms import Directory, npi, organisation
from tests.graph.cache.test_cache_cases import (
    AUSTIN,
    CREATE,
    CURSOR,
    MOVE,
    NEW,
    SAN_FRANCISCO,
    read,
    settings_of,
    warm,
    write,
)
from tests.graph.conftest import Server

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

NEAR = '{ locations(near: {postalCode: "78701"}, filter: {company: {npi: ["%s"]}}) { nodes { id } } }' % NEW  # noqa: UP031
OWN = '{ company(npi: "%s") { locations { nodes { id } totalCount { value } } } }' % NEW  # noqa: UP031 - braces
SEVENTH = '{ companies(filter: {taxonomyCode: ["%s"], npi: ["%s"]}) { totalCount { value } nodes { npi } } }'
SECOND = """
    mutation($npi: NPI!, $address: AddressInput!) {
      addLocation(input: {npi: $npi, address: $address}) { location { id } userErrors { code message } }
    }
"""
# Companies that a load brings, or changes.
MANY = 2_000
TAXONOMY = "251E00000X"
PERIODS = ("20400102-20400108", "20400109-20400115")


@pytest.fixture
async def places_url(sample_copy: str) -> str:
    """The URL of a directory that knows where two ZIPs are."""
    async with connection_to(sample_copy) as connection:
        await connection.execute(
            "INSERT INTO zips (zip, position) VALUES ('78701', '(-97.74,30.27)'), ('94105', '(-122.39,37.79)')"
        )
    return sample_copy


@pytest.fixture
def pair(
    serve: Serve, places_url: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, Server]]:
    """Two processes that share a cache and ask it each time."""
    monkeypatch.setattr(worth, "ASKING", -1.0)
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    settings = settings_of(places_url, valkey_url, cache_audit=0)
    with serve(create_app(settings)) as one, serve(create_app(settings)) as other:
        yield one, other


@pytest.fixture
async def loading(places_url: str, tmp_path: Path) -> AsyncIterator[Directory]:
    """What loads files."""
    async with connection_to(places_url) as connection:
        yield Directory(connection, tmp_path)


def test_a_place_that_appears_or_crosses_a_zip_is_in_the_lists_where_it_is(pair: tuple[Server, Server]) -> None:
    """One beside the first, both near at first; one of them moves away."""
    writer, other = pair
    first = write(writer, CREATE, npi=NEW, address=AUSTIN)
    second: httpx2.Response | None = None
    for step, (near, own) in enumerate(((1, 1), (2, 2), (1, 2))):
        done = first
        if step == 1:
            done = second = write(writer, SECOND, npi=NEW, address={**AUSTIN, "line1": "2 B St"})
        elif second is not None:
            place = second.json()["data"]["addLocation"]["location"]["id"]
            done = write(writer, MOVE, id=place, address=SAN_FRANCISCO)
        cursor = {CURSOR: done.headers[CURSOR]}
        for server in (writer, other):
            assert len(read(server, NEAR, **cursor)["locations"]["nodes"]) == near
            assert read(server, OWN, **cursor)["company"]["locations"]["totalCount"]["value"] == own
            # And so it is kept.
            assert len(warm(server, NEAR)["locations"]["nodes"]) == near
            assert warm(server, OWN)["company"]["locations"]["totalCount"]["value"] == own


@pytest.mark.slow
async def test_what_a_load_changes_during_reads_is_given_by_nobody(
    pair: tuple[Server, Server], loading: Directory
) -> None:
    """Thousands come, then one of them gains a taxonomy; nobody reads what was half a second after the load."""
    query = SEVENTH % (TAXONOMY, npi(7))
    rows = [organisation(npi(number), f"BULK {number}") for number in range(MANY)]
    taxonomy = {layout.TAXONOMY["code"].format(1): TAXONOMY, layout.TAXONOMY["switch"].format(1): "Y"}
    loaded = float("inf")
    expected: list[str] = []
    asked = 0

    async def reading(client: httpx2.AsyncClient, server: Server) -> None:
        nonlocal asked
        while True:
            began = time.monotonic()
            answer = await client.post(f"{server.client.base_url}/graphql", json={"query": query})
            found = answer.json()["data"]["companies"]
            if began - loaded > BOUND:
                assert [node["npi"] for node in found["nodes"]] == expected
            asked += 1

    async with httpx2.AsyncClient(timeout=30) as client:
        readers = [asyncio.ensure_future(reading(client, server)) for server in (*pair, *pair)]
        assert (await asyncio.to_thread(warm, pair[0], query))["companies"]["nodes"] == []
        loads: list[list[Any]] = [rows, [organisation(npi(7), "BULK 7", **taxonomy)]]
        for part, period, found in zip(loads, PERIODS, ([], [npi(7)]), strict=True):
            loaded = float("inf")
            await loading.companies(*part, period=period)
            expected, loaded = found, time.monotonic()
            before = asked
            await asyncio.sleep(BOUND + 1)
            assert asked > before
            assert not any(reader.done() for reader in readers)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
