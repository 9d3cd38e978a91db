"""Two processes that keep answers over one database and one Valkey: nobody is given what was before a change."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis import Redis
from starlette.types import ASGIApp

from db.engine import connection_to
from db.nppes.taxonomies import load_taxonomies
from graph.app import create_app
from graph.cache.envelope import LONGEST
from graph.cache.follower import BOUND
from graph.settings import Settings
from graph.telemetry.metrics import EXECUTIONS
from tests.graph.conftest import Server, bearer
from tests.graph.http.test_timing import held, until

SECRET = "of this test alone, and long enough"  # noqa: S105 - it is said
CURSOR = "consistency-cursor"
NEW = "1234567893"

CREATE = """
    mutation($npi: NPI!, $address: AddressInput!) {
      createCompany(input: {npi: $npi, name: "Johnny Come Lately Inc"}) { userErrors { code } }
      addLocation(input: {npi: $npi, address: $address}) { location { id } userErrors { code message } }
    }
"""
MOVE = """
    mutation($id: ID!, $address: AddressInput!) {
      updateLocation(input: {id: $id, address: $address}) { userErrors { code message } }
    }
"""
RENAME = 'mutation { updateCompany(input: {npi: "%s", name: "Moved Away LLC"}) { userErrors { code } } }' % NEW  # noqa: UP031 - braces
CLOSE = 'mutation { setCompanyActive(input: {npi: "%s", isActive: false}) { userErrors { code } } }' % NEW  # noqa: UP031

AUSTIN = {"line1": "1 A St", "city": "Austin", "state": "TX", "postalCode": "78701"}
SAN_FRANCISCO = {"line1": "1 A St", "city": "San Francisco", "state": "CA", "postalCode": "94105"}

# Lists that the company is in at first, and leaves in one way or another.
LISTS = {
    "of a state": '{ companies(filter: {state: ["TX"], npi: ["%s"]}) { nodes { npi name } } }',
    "of a city": '{ companies(filter: {city: ["Austin"]}) { totalCount { value } nodes { npi name } } }',
    "of places": '{ locations(filter: {state: ["TX"], city: ["Austin"]}) { nodes { company { npi name } } } }',
    "of the active": '{ companies(filter: {isActive: true, search: "come lately"}) { nodes { npi name } } }',
    "of a search": '{ companies(filter: {search: "come late"}) { totalCount { value } nodes { npi isActive } } }',
    "of a mistyped search": (
        '{ companies(filter: {search: "cmoe lately", state: ["TX"]}, orderBy: [{field: RELEVANCE}]) '
        "{ totalCount { value } nodes { npi name } } }"
    ),
    "of neither": '{ companies(filter: {not: {state: ["CA"]}, npi: ["%s"]}) { nodes { npi name } } }',
    "by number": '{ companiesByNpi(npis: ["%s"]) { npi name isActive primaryLocation { address { city } } } }',
    "verdicts": '{ verifyNpis(npis: ["%s"]) { result name company { isActive } } }',
    "what was meant": '{ verifyNpis(npis: ["MISTYPED"]) { didYouMean { npi name isActive } } }',
    "by numbers": '{ companiesByNpi(numbers: [" %s"]) { npi name } }',
    "itself": '{ company(npi: "%s") { npi name isActive locations { nodes { address { city state } } } } }',
}


def settings_of(database_url: str, redis_url: str | None, **others: Any) -> Settings:
    """Settings of a process that is asked with tokens, and audits each hit where it is told to."""
    redis = SecretStr(redis_url) if redis_url else None
    url = SecretStr(database_url)
    return Settings(_env_file=None, database_url=url, redis_url=redis, token_secret=SecretStr(SECRET), **others)


@pytest.fixture
def pair(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]], sample_copy: str, valkey_url: str
) -> Iterator[tuple[Server, Server]]:
    """Two processes as far as what they know goes."""
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    with (
        serve(create_app(settings_of(sample_copy, valkey_url))) as one,
        serve(create_app(settings_of(sample_copy, valkey_url))) as other,
    ):
        yield one, other


def write(server: Server, query: str, **variables: Any) -> httpx2.Response:
    """Do a mutation as an administrator."""
    answer = server.post(query, variables, authorization=bearer("ADMIN", token_secret=SECRET))
    assert answer.status_code == 200
    assert "errors" not in answer.json(), answer.text
    for payload in answer.json()["data"].values():
        assert payload["userErrors"] == []
    return answer


def read(server: Server, query: str, **headers: str) -> Any:
    """What a query says, and what the cache did."""
    answer = server.post(query, {}, **headers)
    assert "errors" not in answer.json(), answer.text
    return answer.json()["data"]


def warm(server: Server, query: str) -> Any:
    """What a query says, once it is kept."""
    deadline = time.monotonic() + 10
    while server.post(query, {}).headers["x-cache"] != "HIT":
        assert time.monotonic() < deadline
    return read(server, query)


def test_nobody_is_given_what_was(pair: tuple[Server, Server]) -> None:
    writer, other = pair
    mistyped = f"{NEW[:8]}{NEW[9]}{NEW[8]}"
    queries = {name: each.replace("%s", NEW).replace("MISTYPED", mistyped) for name, each in LISTS.items()}
    # Empty, or null, and kept as such.
    seen = [{name: warm(writer, query) for name, query in queries.items()}]
    assert {name: warm(other, query) for name, query in queries.items()} == seen[0]
    created = write(writer, CREATE, npi=NEW, address=AUSTIN)
    place = created.json()["data"]["addLocation"]["location"]["id"]
    done = created
    for change in (None, MOVE, RENAME, CLOSE):
        if change:
            moved = {"id": place, "address": SAN_FRANCISCO} if change is MOVE else {}
            done = write(writer, change, **moved)
        acknowledged = time.monotonic()
        found = {name: read(writer, query) for name, query in queries.items()}
        # Who sends the cursor along is given nothing older by anybody.
        cursor = {CURSOR: done.headers[CURSOR]}
        assert {name: read(other, query, **cursor) for name, query in queries.items()} == found
        for name, query in queries.items():
            began = time.monotonic()
            while read(other, query) != found[name]:
                assert began - acknowledged < BOUND, f"another process is too far behind with the list {name}"
                began = time.monotonic()
            assert warm(writer, query) == found[name]
            assert warm(other, query) == found[name]
        seen.append(found)
    for name in queries:
        # Each query sees at least two of the changes.
        assert sum(before[name] != after[name] for before, after in itertools.pairwise(seen)) >= 2, name


async def test_names_of_codes_are_new_after_a_load(
    pair: tuple[Server, Server], sample_copy: str, tmp_path: Path
) -> None:
    query = """{
      taxonomies(search: "oxygen brought") { nodes { code } } taxonomy(code: "332BX2000X") { name }
      companies(first: 1, filter: {taxonomyCode: ["332BX2000X"]}) {
        nodes { taxonomies { code taxonomy { name } } }
      }
    }"""
    seen = [await asyncio.to_thread(warm, server, query) for server in pair]
    assert seen[0] == seen[1]
    file = tmp_path / "names.csv"
    file.write_text("Code,Grouping,Classification,Specialization\n332BX2000X,Suppliers,Oxygen,Brought home\n")
    async with connection_to(sample_copy) as connection:
        await load_taxonomies(connection, file)
    loaded = time.monotonic()
    for server in pair:
        began = time.monotonic()
        while (found := await asyncio.to_thread(read, server, query)) == seen[0]:
            assert began - loaded < BOUND
            began = time.monotonic()
        assert found["taxonomies"]["nodes"] == [{"code": "332BX2000X"}]
        assert found["taxonomy"] == {"name": "Brought home"}
        [company] = found["companies"]["nodes"]
        names = {each["code"]: each["taxonomy"] for each in company["taxonomies"]}
        assert names["332BX2000X"] == {"name": "Brought home"}


def test_what_is_tried_or_undone_changes_nothing(pair: tuple[Server, Server]) -> None:
    writer, _ = pair
    query = LISTS["itself"].replace("%s", "2999999909")
    before = warm(writer, query)
    tried = """
        mutation {
          updateCompany(input: {npi: "2999999909", website: "https://x.example"}, validateOnly: true) {
            company { website } userErrors { code }
          }
        }
    """
    write(writer, tried)
    answer = writer.post(query, {})
    assert (answer.headers["x-cache"], answer.json()["data"]) == ("HIT", before)


def test_a_cursor_of_another_directory_is_waited_for_in_vain_and_shortly(pair: tuple[Server, Server]) -> None:
    query = LISTS["verdicts"].replace("%s", NEW)
    warm(pair[0], query)
    started = time.monotonic()
    answer = pair[0].post(query, {}, **{CURSOR: "999999999999999"})
    assert time.monotonic() - started < 10
    assert (answer.status_code, answer.headers["x-cache"]) == (200, "BYPASS")
    assert pair[0].post(query, {}, **{CURSOR: "x"}).status_code == 400


def test_identical_questions_are_asked_once(pair: tuple[Server, Server]) -> None:
    """200 at once, on a cold key: one of them runs, and nobody is refused."""
    server, _ = pair
    query = '{ companies(filter: {search: "a"}, first: 50) { totalCount { value } nodes { name } } }'
    ran = [EXECUTIONS[name] for name in ("interpreted", "compiled", "graphql-core")]
    before = sum(each.value for each in ran)
    gate = asyncio.Event()

    async def ask(client: httpx2.AsyncClient) -> httpx2.Response:
        await gate.wait()
        return await client.post("/graphql", json={"query": query})

    async def ask_all() -> list[httpx2.Response]:
        limits = httpx2.Limits(max_connections=200)
        async with httpx2.AsyncClient(base_url=server.client.base_url, limits=limits, timeout=30) as client:
            waiting = [asyncio.ensure_future(ask(client)) for _ in range(200)]
            gate.set()
            return await asyncio.gather(*waiting)

    answers = asyncio.run(ask_all())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum(each.value for each in ran) - before == 1


async def test_one_that_leaves_takes_nobody_along(pair: tuple[Server, Server], sample_copy: str) -> None:
    """The first of those who ask the same is gone before it is answered: another one runs."""
    server, _ = pair
    query = "{ companies(first: 200) { nodes { locations(first: 5, orderBy: {field: CITY}) { nodes { id } } } } }"
    async with httpx2.AsyncClient(base_url=server.client.base_url, timeout=30) as client:

        async def ask(seconds: float = 30) -> int:
            return (await client.post("/graphql", json={"query": query}, timeout=seconds)).status_code

        async with held(sample_copy, "companies") as watcher:
            first = asyncio.ensure_future(ask(0.3))
            await until(watcher, 1)
            others = [asyncio.ensure_future(ask()) for _ in range(6)]
            with pytest.raises(httpx2.TimeoutException):
                await first
        assert await asyncio.gather(*others) == [200] * 6


GARBAGE = (b"", b"x", b"\0" * 5_000, b"{}", bytes(range(256)) * 64, b"x" * (LONGEST + 1))


def test_whatever_stands_in_the_cache_is_an_answer_or_none(pair: tuple[Server, Server], valkey_url: str) -> None:
    """Garbled, cut, mistaken for another's, or longer than anything: it is read anew."""
    one, other = pair
    query = "query($search: String!) { companies(filter: {search: $search}, first: 5) { nodes { name } } }"

    def ask(server: Server, letter: str, blanks: int = 0) -> Any:
        return server.post(query + " " * blanks, {"search": letter}).json()["data"]

    # What an operation takes must be known before it is worth keeping for others.
    said = {letter: ask(one, letter) for letter in "abcdefgh"}
    with Redis.from_url(valkey_url) as redis:
        deadline = time.monotonic() + 10
        while len(keys := sorted(redis.keys("ariesone:*"))) < 6:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        values = [redis.get(key) for key in keys]
        damaged = [*GARBAGE, *(value[:-1] for value in values), *(values[1:] + values[:1])]
        for number, damage in enumerate(damaged):
            for key in keys:
                redis.set(key, damage)
            for letter, expected in said.items():
                assert ask(other, letter, number) == expected


def test_off_is_off(
    serve: Callable[[ASGIApp], AbstractContextManager[Server]], sample_copy: str, valkey_url: str
) -> None:
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
        with serve(create_app(settings_of(sample_copy, valkey_url, cache_seconds=0))) as server:
            query = '{ companies(filter: {search: "a"}) { nodes { name } } }'
            assert [server.post(query, {}).headers["x-cache"] for _ in range(3)] == ["BYPASS"] * 3
        assert redis.keys("ariesone:*") == []
