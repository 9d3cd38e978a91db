"""What holds of the schema when companies are spread over several places by their NPI, and what doesn't."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import orjson
import pytest
from asyncpg import Connection, ForeignKeyViolationError, UniqueViolationError
from pydantic import SecretStr
from starlette.types import ASGIApp

from bench.partitions import CENTRAL, COPIED, SHARDED, keys_without_npi, make_copy, references_between_servers
from db.embedded.programs import choose
from db.engine import Database, PoolOptions, connection_to
from db.nppes.sample_load import load_sample
from db.tables import metadata
from graph.app import create_app
from graph.context import Context
from graph.execution.run import Runner
from graph.http.reports import Report
from graph.identity.viewer import EVERY
from graph.settings import Settings
from tests.conftest import renamed
from tests.graph.conftest import READER, Server, bearer, lasting
from tests.graph.test_operations import FOLDERS, OPERATIONS, Operation, rounded

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

PARTS = 4


def test_every_table_has_a_place() -> None:
    places = [*SHARDED, *COPIED, *CENTRAL]
    assert len(places) == len(set(places))
    assert set(metadata.tables) ^ set(places) == set(), (
        "bench/partitions.py has a place for each table, and no others"
    )


def test_three_primary_keys_would_need_the_npi_and_no_other_unique_key() -> None:
    assert sorted(keys_without_npi(metadata)) == ["licenses_pkey", "locations_pkey", "removed_locations_pkey"]


def test_no_foreign_key_leads_from_one_server_to_another() -> None:
    assert list(references_between_servers(metadata)) == []


@pytest.fixture(scope="module")
def part(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Awaitable[str]]:
    """Make a copy of a database, in four partitions, under a name; return its URL."""
    programs = choose(tmp_path_factory.mktemp("none")).folder
    if not (programs / "pg_dump").exists():
        pytest.skip(f"there is no pg_dump in {programs}")

    async def make(source: str, name: str) -> str:
        async with connection_to(renamed(postgresql_url, "postgres")) as connection:
            await connection.execute(f"CREATE DATABASE {name}")
        url = renamed(postgresql_url, name)
        make_copy(source, url, programs, PARTS)
        async with connection_to(url) as connection:
            await connection.execute("ANALYZE")
        return url

    return make


@pytest.fixture(scope="module")
async def parted_url(part: Callable[[str, str], Awaitable[str]], directory_url: str) -> str:
    """The URL of the directory in partitions."""
    return await part(directory_url, "parted")


@pytest.fixture(scope="module")
async def empty_parted_url(
    part: Callable[[str, str], Awaitable[str]], new_database_url: Callable[[], Awaitable[str]]
) -> str:
    """The URL of a migrated database in partitions, without any rows."""
    return await part(await new_database_url(), "parted_empty")


@pytest.fixture(scope="module")
async def parted(parted_url: str) -> AsyncIterator[Connection]:
    async with connection_to(parted_url) as connection:
        yield connection


async def test_the_rows_are_spread_and_none_is_lost(parted: Connection, directory_url: str) -> None:
    async with connection_to(directory_url) as connection:
        for name in SHARDED:
            count = f"SELECT count(*) FROM {name}"  # noqa: S608 - names of ours
            assert await parted.fetchval(count) == await connection.fetchval(count)
    sizes = [await parted.fetchval(f"SELECT count(*) FROM companies_{number}") for number in range(PARTS)]  # noqa: S608
    assert min(sizes) > 0


async def test_every_operation_has_the_same_answer(parted_url: str, runner: Runner) -> None:
    assert len(FOLDERS) > 30
    async with Database.open(parted_url, PoolOptions(size=1, timeout=10)) as database:
        for folder in FOLDERS:
            operation = Operation(folder)
            prepared = runner.prepare(operation.text, None, operation.variables, READER)
            result = await runner.run(prepared, Context(database))
            found: dict[str, Any] = {"data": result.data}
            if result.errors:
                found = {"errors": [lasting(Report("").entry(error)) for error in result.errors], **found}
            wanted = json.loads((folder / "answer.json").read_text("utf-8"))
            assert rounded(orjson.loads(orjson.dumps(found))) == wanted, folder.name


async def scanned(connection: Connection, statement: str, *arguments: object) -> tuple[set[str], set[str]]:
    """The tables that a statement really reads, and the kinds of steps in its plan."""
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    tables: set[str] = set()
    kinds: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        if node["Actual Loops"]:
            kinds.add(node["Node Type"])
            tables.update(filter(None, [node.get("Relation Name")]))
        for each in node.get("Plans", ()):
            walk(each)

    walk(json.loads(explained)[0]["Plan"])
    return tables, kinds


def statement_of(folder: str, table: str) -> str:
    """The statement of an operation whose rows come from a table."""
    texts = (OPERATIONS / folder / "statements.sql").read_text("utf-8").split(";\n")
    [found] = [text for text in texts if f"\nFROM {table}\nWHERE {table}." in text]
    return found


async def test_a_company_and_what_belongs_to_it_are_in_one_place(parted: Connection) -> None:
    npi = await parted.fetchval("SELECT npi FROM companies_2 LIMIT 1")
    tables, _ = await scanned(parted, statement_of("company_page", "companies"), [npi], 10)
    assert tables == {"companies_2", "locations_2"}


async def test_a_location_by_its_id_alone_is_looked_for_everywhere(parted: Connection) -> None:
    identity = await parted.fetchval("SELECT id FROM locations_2 LIMIT 1")
    tables, _ = await scanned(parted, statement_of("refetch_a_node", "locations"), [identity])
    assert tables == {f"locations_{number}" for number in range(PARTS)}


async def test_a_page_is_merged_from_all_places_and_sorted_in_none(parted: Connection) -> None:
    # As if there were too many to sort.
    async with parted.transaction():
        await parted.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
        tables, kinds = await scanned(parted, "SELECT npi FROM companies ORDER BY name_folded, npi LIMIT 21")
    assert tables == {f"companies_{number}" for number in range(PARTS)}
    assert "Merge Append" in kinds
    assert "Sort" not in kinds


async def test_what_a_company_alone_can_break_is_still_refused(parted: Connection) -> None:
    npi, other = [row["npi"] for row in await parted.fetch("SELECT npi FROM companies_0 ORDER BY npi LIMIT 2")]
    place = "INSERT INTO locations (id, npi, kind, is_primary, source) VALUES ($1, $2, 'OTHER', $3, 'MANUAL')"
    for error, arguments in (
        (UniqueViolationError, (uuid4(), npi, True)),
        (ForeignKeyViolationError, (uuid4(), "1000000000", False)),
    ):
        with pytest.raises(error):
            await parted.execute(place, *arguments)
    with pytest.raises(UniqueViolationError):
        await parted.execute("UPDATE listings SET npi = $1 WHERE npi = $2", npi, other)


async def test_the_same_id_in_two_places_is_no_longer_refused(parted: Connection, directory_url: str) -> None:
    """Ids of locations are made from their company and address, or by chance, so that none comes twice anyway."""
    place = """
        INSERT INTO locations (id, npi, kind, source)
        SELECT locations.id, companies.npi, 'OTHER', 'MANUAL' FROM
        (SELECT id FROM locations WHERE npi = $1 LIMIT 1) AS locations, companies WHERE npi = $2
    """
    npi = await parted.fetchval("SELECT npi FROM locations_0 LIMIT 1")
    other = await parted.fetchval("SELECT npi FROM companies_1 LIMIT 1")
    transaction = parted.transaction()
    await transaction.start()
    await parted.execute(place, npi, other)
    await transaction.rollback()
    async with connection_to(directory_url) as connection:
        with pytest.raises(UniqueViolationError):
            await connection.execute(place, npi, other)


async def test_files_are_loaded_into_all_places(empty_parted_url: str) -> None:
    async with connection_to(empty_parted_url) as connection:
        await load_sample(connection, companies=60, seed=7)
        for name in ("companies", "listings", "locations"):
            sizes = [await connection.fetchval(f"SELECT count(*) FROM {name}_{number}") for number in range(PARTS)]  # noqa: S608
            assert min(sizes) > 0
        assert await connection.fetchval("SELECT count(*) FROM listings") == 60
        assert await connection.fetchval("SELECT count(*) FROM changes WHERE kind = 'COMPANY_CREATED'") == 60


async def test_a_change_by_hand_goes_where_its_company_is(
    empty_parted_url: str, serve: Serve, settings_for: Callable[..., Settings]
) -> None:
    async with connection_to(empty_parted_url) as connection:
        npi = await connection.fetchval("SELECT npi FROM companies_3 LIMIT 1")
    secret = {"token_secret": SecretStr("the secret of these tests, long enough")}
    changing = f"""mutation {{
        updateCompany(input: {{npi: "{npi}", website: "https://a.example"}}) {{
          company {{ website }} userErrors {{ code }}
        }}
        addLocation(input: {{npi: "{npi}", kind: WAREHOUSE, address: {{
          line1: "9 Dock Rd", city: "Austin", state: "TX", postalCode: "78701"}}
        }}) {{ location {{ id }} userErrors {{ code }} }}
    }}"""
    with serve(create_app(settings_for(empty_parted_url, **secret))) as server:
        answer = server.post(changing, authorization=bearer("EDITOR", (EVERY,), **secret)).json()
    assert "errors" not in answer, answer
    assert answer["data"]["updateCompany"] == {"company": {"website": "https://a.example"}, "userErrors": []}, (
        answer
    )
    assert answer["data"]["addLocation"]["userErrors"] == []
    async with connection_to(empty_parted_url) as connection:
        assert await connection.fetchval("SELECT website FROM companies_3 WHERE npi = $1", npi)
        assert await connection.fetchval(
            "SELECT count(*) FROM locations_3 WHERE kind = 'WAREHOUSE' AND npi = $1", npi
        )
