"""Checks of a running server, and of every operation: of one that is well, and of one that lacks something."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.engine import connection_to
from graph.app import create_app
from graph.commands.probed import serving as serving_private
from graph.doctor import asking
from graph.doctor.documents import documents_of, roots_of
from graph.doctor.finding import Outcome
from graph.doctor.probe import asked, content_of, samples_of
from graph.doctor.subject import Given, opened
from graph.settings import Settings
from graph.types.examples import (
    A_JOB,
    A_LICENSE,
    A_LOCATION_BY_HAND,
    A_REMOVED_LOCATION,
    A_WATCH_LIST,
    A_WEBHOOK,
    AN_UPLOAD,
)
from tests.graph.conftest import Server, bearer, serving
from tests.graph.doctor.conftest import Find, fails, is_absent, is_ok, is_prevented, warns
from tests.graph.doctor.test_database_checks import run

PROBES = ("probe-queries", "probe-mutations", "probe-subscriptions")
SECRET = "a secret of more than thirty-two bytes"  # noqa: S105 - of the test
# What an operation can be told only once it has looked.
RUN = {"NOT_FOUND", "CURSOR_EXPIRED", "TAKEN", "OWNED_BY_REGISTRY"}
# Ids that nothing has here, as the schema's examples have them.
NOBODYS = [
    each.value
    for each in (A_JOB, A_LICENSE, A_LOCATION_BY_HAND, A_REMOVED_LOCATION, A_WATCH_LIST, A_WEBHOOK, AN_UPLOAD)
]
OPERATORS = "another secret of more than thirty-two bytes"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have answers take as long as a busy machine needs."""
    monkeypatch.setattr(asking, "DEADLINE", 60.0)


@pytest.fixture
async def prober(directory_url: str) -> AsyncIterator[Given]:
    """A server of the moment on the directory."""
    async with serving_private(Settings(_env_file=None), directory_url) as (address, token):
        yield Given(probe_address=address, probe_token=token)


async def test_without_an_address_there_is_nothing_to_look_at(find: Find) -> None:
    for id_ in PROBES:
        is_absent(await find(id_), "no --probe was asked for")
    for id_ in ("server-ready", "server-health"):
        is_absent(await find(id_), "no --server was given")


@pytest.mark.slow
async def test_each_operation_of_a_server_that_is_well_is_answered(
    find: Find, prober: Given, directory_url: str
) -> None:
    tables = ("changes", "jobs", "webhooks", "watch_lists")
    async with connection_to(directory_url) as connection:

        async def rows() -> list[int]:
            return [await connection.fetchval(f"SELECT count(*) FROM {each}") for each in tables]  # noqa: S608 - ours

        before = await rows()
        for id_ in PROBES:
            is_ok(await find(id_, prober), "answered")
        assert await rows() == before


async def test_those_that_are_left_out_are_named(find: Find, prober: Given) -> None:
    unchecked = {name for name, field in roots_of("mutation").items() if "validateOnly" not in field.args}
    found = await find("probe-mutations", prober)
    is_ok(found, f"; {len(unchecked)} can't be only validated: {', '.join(sorted(unchecked))}")
    assert "validated" not in (await find("probe-subscriptions", prober)).seen


@pytest.mark.parametrize("kind", ["query", "mutation", "subscription"])
async def test_what_is_sent_is_run_and_not_refused_for_its_input(prober: Given, kind: str) -> None:
    """Nothing but what nobody has isn't found; the log of this directory doesn't begin with its first change."""
    async with opened(Settings(_env_file=None), prober) as subject:
        documents = list(documents_of(kind, await samples_of(subject)))
        left_out = {name for name, field in roots_of(kind).items() if "validateOnly" not in field.args}
        assert {each.field for each in documents} == roots_of(kind).keys() - (
            left_out if kind == "mutation" else ()
        )
        for each in documents:
            answer = content_of(await asked(subject, each.text, each.variables, streams=kind == "subscription"))
            errors = [error["extensions"]["code"] for error in answer.get("errors", ())]
            told = (answer.get("data") or {}).get(each.field)
            errors += [error["code"] for error in told.get("userErrors", ())] if isinstance(told, dict) else []
            assert set(errors) <= RUN, (each.text, answer)
            if not any(example in str(each.variables) for example in NOBODYS):
                assert "NOT_FOUND" not in errors, (each.text, answer)


@pytest.mark.slow
async def test_operations_that_fail(find: Find, database_url: str) -> None:
    await run(database_url, "ALTER TABLE watch_lists RENAME TO elsewhere")
    async with serving_private(Settings(_env_file=None), database_url) as (address, token):
        given = Given(probe_address=address, probe_token=token)
        fails(await find("probe-queries", given), "watchLists: INTERNAL_SERVER_ERROR", "Probe")
        fails(await find("probe-mutations", given), "createWatchList: INTERNAL_SERVER_ERROR")
        is_ok(await find("probe-subscriptions", given))


@pytest.mark.slow
async def test_a_server_that_can_not_be_probed(find: Find, database_url: str) -> None:
    for id_ in PROBES:
        is_prevented(await find(id_, Given(probe_address="http://127.0.0.1:1")), "")
    settings = Settings(_env_file=None, database_url=database_url, token_required=True)
    with serving(create_app(settings)) as server:
        given = Given(probe_address=address_of(server))
        is_prevented(await find("probe-queries", given), "refuses a plain query: UNAUTHENTICATED")


@pytest.mark.slow
async def test_a_running_server(find: Find, database_url: str) -> None:
    away = Given(server="http://127.0.0.1:1")
    fails(await find("server-ready", away), "can't be reached", "Start it")
    is_prevented(await find("server-health", away), "")
    with serving(create_app(Settings(_env_file=None, database_url=database_url))) as server:
        given = Given(server=address_of(server))
        is_ok(await find("server-ready", given), "can answer")
        is_ok(await find("server-health", given), "parts are healthy")
        await run(
            database_url,
            "INSERT INTO jobs (id, issuer, subject, roles, companies, kind, arguments, key, created_at)"
            " SELECT gen_random_uuid(), '', 'a', '{}', '{}', 'EXPORT_COMPANIES', '{}', '', now() - interval '1 d'",
        )
        warns(await find("server-health", given), "jobs is degraded: ", "docs/operators.md")
        await run(database_url, "UPDATE alembic_version SET version_num = '0001'")
        # On a busy machine the first answer may be what was known before.
        async with asyncio.timeout(10):
            while (await find("server-ready", given)).outcome is not Outcome.FAILED:  # noqa: ASYNC110 - it is asked
                await asyncio.sleep(0.1)
        fails(await find("server-ready", given), "answers /readyz with 503", "server-health")
        fails(
            await find("server-health", given),
            "migrations is unhealthy: run `ariesone db upgrade`; jobs is degraded: ",
        )


@pytest.mark.slow
async def test_a_server_in_production_tells_operators_alone(find: Find, database_url: str) -> None:
    production = {"environment": "production", "token_secret": SECRET}
    settings = Settings(_env_file=None, database_url=database_url, operations_token=OPERATORS, **production)
    with serving(create_app(settings)) as server:
        given = Given(server=address_of(server))
        is_ok(await find("server-ready", given), "can answer")
        is_prevented(await find("server-health", given), "/health is closed: set OPERATIONS_TOKEN")
        is_ok(await find("server-health", given, operations_token=OPERATORS), "parts are healthy")
        admin = bearer("admin", token_secret=SECRET).removeprefix("Bearer ")
        is_ok(await find("server-health", replace(given, token=admin)), "parts are healthy")


def address_of(server: Server) -> str:
    """Where a server is."""
    return str(server.client.base_url).rstrip("/")
