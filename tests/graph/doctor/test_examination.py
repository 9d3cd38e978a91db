"""How checks are chosen and run, and what comes of those that can't be."""

import asyncio
import socket
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from graph.doctor.check import Check
from graph.doctor.checks import CHECKS, chosen
from graph.doctor.examination import Result, examine
from graph.doctor.finding import (
    Finding,
    NotRunError,
    Outcome,
    PreventedError,
    exit_code,
    failed,
    not_run,
    ok,
    prevented,
    warning,
)
from graph.doctor.subject import Given, Subject, opened
from graph.settings import Settings

ROOT = Path(__file__).resolve().parents[3]


def check_of(id_: str, outcome: Finding | BaseException, needs: str | None = None) -> Check:
    async def look(_: Subject) -> Finding:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return Check(id_, "", look, needs)


async def examined(*checks: Check) -> list[Finding]:
    async with opened(Settings(_env_file=None), Given()) as subject:
        return [each.finding for each in await examine(checks, subject)]


async def test_what_a_check_raises_is_what_it_finds() -> None:
    found = await examined(
        check_of("a-1", ok("well")),
        check_of("a-2", NotRunError("nothing there")),
        check_of("a-3", PreventedError("no key")),
        check_of("a-4", asyncpg.InsufficientPrivilegeError("permission denied")),
        check_of("a-5", ConnectionRefusedError("refused")),
    )
    assert found == [
        ok("well"),
        not_run("nothing there"),
        prevented("no key"),
        prevented("this role of PostgreSQL may not look: permission denied"),
        prevented("refused"),
    ]


async def test_what_needs_another_waits_for_it_and_is_not_run_without() -> None:
    async def late(_: Subject) -> Finding:
        await asyncio.sleep(0.02)
        return failed("down", "Start it.")

    found = await examined(
        Check("a-reachable", "", late),
        check_of("a-size", ok("small"), needs="a-reachable"),
        check_of("b-reachable", NotRunError("no b is set")),
        check_of("b-size", ok("small"), needs="b-reachable"),
        check_of("c-size", ok("small"), needs="c-reachable"),
    )
    assert found[1] == prevented("see a-reachable")
    assert found[3] == not_run("no b is set")
    assert found[4] == ok("small")


async def test_a_check_that_gets_no_answer_is_given_up_and_holds_up_no_other() -> None:
    async def silent(_: Subject) -> Finding:
        await asyncio.sleep(60)
        return ok("never")

    began = time.monotonic()
    found = await examined(Check("a-1", "", silent, deadline=0.05), check_of("a-2", ok("well")))
    assert found == [prevented("no answer within 0.05 s"), ok("well")]
    assert time.monotonic() - began < 30


@pytest.mark.slow
async def test_servers_that_say_nothing_are_the_only_ones_that_are_named() -> None:
    """Connections to them come about, and nothing more: what needs them isn't run, and nobody waits in turn."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        urls: dict[str, Any] = {
            "database_url": f"postgresql://a@{place}/a?sslmode=disable",
            "redis_url": f"redis://{place}",
            "amqp_url": f"amqp://{place}",
            "jwks_url": f"http://{place}/",
        }
        async with asyncio.timeout(30), opened(Settings(_env_file=None, **urls), Given()) as subject:
            results = await examine(CHECKS, subject)
    failing = [each.check.id for each in results if each.finding.outcome is Outcome.FAILED]
    assert failing == ["database-reachable", "tokens-keys", "cache-reachable", "queue-reachable"]
    prevented_by = {each.check.id: each.finding.seen for each in results if each.finding.is_prevented}
    assert prevented_by["database-bloat"] == prevented_by["events-jobs"] == "see database-reachable"
    assert prevented_by["cache-audit"] == prevented_by["events-feed"] == "see cache-reachable"


async def test_each_is_told_of_as_it_ends() -> None:
    told: list[str] = []

    def tell(result: Result) -> None:
        told.append(result.check.id)

    async with opened(Settings(_env_file=None), Given()) as subject:
        await examine([check_of("a-1", ok("")), check_of("a-2", ok(""))], subject, tell)
    assert sorted(told) == ["a-1", "a-2"]


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([ok(""), not_run("")], 0),
        ([ok(""), warning("", "")], 1),
        ([ok(""), prevented("")], 1),
        ([warning("", ""), failed("", "")], 2),
    ],
)
def test_how_a_command_ends(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code


def test_checks_are_chosen_by_category_and_by_name() -> None:
    assert chosen((), ()) == list(CHECKS)
    assert {each.category for each in chosen(("database",), ())} == {"database"}
    assert [each.id for each in chosen(("settings",), ("settings-compose", "settings-dangerous"))] == [
        "settings-valid",
        "settings-unknown",
    ]
    assert [each.id for each in chosen(("database-version",), ())] == ["database-version"]
    with pytest.raises(ValueError, match=r"no check databse; there are the categories settings, database"):
        chosen((), ("databse",))


def test_each_check_has_a_name_of_its_own_and_needs_one_that_is_there() -> None:
    ids = [each.id for each in CHECKS]
    assert len(set(ids)) == len(ids)
    assert {each.needs for each in CHECKS} - {None} <= set(ids)
    # They are told of in the order of their categories, and fit beside what they say.
    categories = [each.category for each in CHECKS]
    assert sorted(categories, key=list(dict.fromkeys(categories)).index) == categories
    assert max(map(len, ids)) <= 24


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_has_its_section_and_its_tests(check: Check) -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    section = page.partition(f"\n### {check.id}\n")[2].partition("\n#")[0]
    assert len(section.split()) > 10, "its section says what it means and what to do"
    # Those of RabbitMQ, and of replicas, are beside the others that need some.
    rooms = ("doctor", "amqp", "replicas")
    files = (path for room in rooms for path in (Path(__file__).parents[1] / room).glob("test_*.py"))
    tests = "".join(path.read_text(encoding="utf-8") for path in files)
    assert f'"{check.id}"' in tests


def test_each_section_is_of_a_check() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    headings = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert headings == [each.id for each in CHECKS]
