"""The doctor's checks of replicas, on real ones that are away, late, promoted or of another database."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from db.engine import connection_to
from graph.doctor.checks import CHECKS
from tests.graph.doctor.conftest import NOWHERE, Find, fails, find, is_absent, is_ok, is_prevented, warns
from tests.graph.replicas.conftest import settings_over
from tests.proxy import Proxy
from tests.replication import Replication, copy, running, server_in

pytestmark = pytest.mark.slow

__all__ = ["find"]

OF_REPLICAS = [each.id for each in CHECKS if each.category == "replicas"]

Given = dict[str, Any]


@pytest.fixture
def given(replication: Replication, far: Proxy) -> Given:
    """The settings of a primary with both replicas."""
    settings = settings_over(replication, far)
    return {name: getattr(settings, name) for name in ("database_url", "database_replica_urls")}


@pytest.mark.parametrize("id_", OF_REPLICAS)
async def test_replicas_that_are_well_pass(find: Find, id_: str, given: Given) -> None:
    is_ok(await find(id_, **given), "2 replicas")


@pytest.mark.parametrize("id_", OF_REPLICAS)
async def test_without_replicas_there_is_nothing_to_look_at(
    find: Find, id_: str, replication: Replication
) -> None:
    is_absent(await find(id_, database_url=replication.primary.url), "DATABASE_REPLICA_URLS isn't set")


@pytest.mark.parametrize("id_", [each for each in OF_REPLICAS if each != "replicas-reachable"])
async def test_what_does_not_answer_keeps_a_check_from_looking(find: Find, id_: str, given: Given) -> None:
    silent = await find(id_, **{**given, "database_replica_urls": NOWHERE})
    is_prevented(silent, "none of them answers; see replicas-reachable")
    is_prevented(await find(id_, **{**given, "database_url": NOWHERE}), "The database can't be reached")


@pytest.mark.parametrize(("fault", "words"), [("refuse", ""), ("hold_back", "no answer in time")])
async def test_one_that_is_away_is_named_and_the_others_are_looked_at(
    find: Find, fault: str, words: str, given: Given, far: Proxy
) -> None:
    getattr(far, fault)()
    fails(await find("replicas-reachable", **given), f"127.0.0.1:{far.port} doesn't answer ({words}", "Start it")
    is_ok(await find("replicas-lag", **given), "1 replica")


async def test_one_whose_replay_is_paused_is_behind(find: Find, given: Given, replication: Replication) -> None:
    late = replication.replicas[0]
    await late.run("SELECT pg_wal_replay_pause()")
    async with connection_to(replication.primary.url) as connection:
        await connection.execute("INSERT INTO touched_tags (tag) VALUES ('state=ZZ') ON CONFLICT DO NOTHING")
    found = await find("replicas-lag", **given)
    warns(
        found, f"{late.sockets}:5432 is more than 0.5 s behind, and its replay is paused", "pg_wal_replay_resume()"
    )
    assert "127.0.0.1" not in found.seen


async def test_one_that_was_promoted_is_none(
    find: Find, given: Given, replication: Replication, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        promoted = server_in(stack, tmp_path / "promoted")
        copy(replication.primary, promoted)
        running(stack, promoted)
        await promoted.run("SELECT pg_promote()")
        found = await find("replicas-recovery", **{**given, "database_replica_urls": promoted.url})
        fails(found, f"{promoted.sockets}:5432 is no replica: it takes changes itself", "pg_rewind")


async def test_one_of_another_database_is_told(
    find: Find, given: Given, database_url: str, replication: Replication
) -> None:
    found = await find("replicas-recovery", **{**given, "database_url": database_url})
    fails(found, "is a replica of another database", "pg_basebackup")
    near = replication.replicas[0]
    other = re.sub(r"/ariesone\?", "/postgres?", near.url)
    found = await find("replicas-migrations", **{**given, "database_replica_urls": other})
    fails(found, f"{near.sockets}:5432 is at None, the primary at 0", "another database")


def test_every_check_of_replicas_is_broken_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{each}"' in text for each in OF_REPLICAS)
