"""The program that keeps a list verified: 5,000 numbers, killed in between, told of changes, away for too long."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import Any

import httpx2
import pytest

from db import npi, retention
from db.engine import Database
from graph.identity.viewer import EVERY
from tests.fences import named
from tests.graph.conftest import bearer
from tests.graph.guides.walk import Walk

PROGRAM = named(("keeping-verified.md",))["keep.py"].text

CREATE = 'mutation($npi: NPI!) { createCompany(input: {npi: $npi, name: "New Inc"}) { userErrors { code } } }'
RENAME = 'mutation($npi: NPI!) { updateCompany(input: {npi: $npi, name: "Newer Inc"}) { userErrors { code } } }'
PAGE = "query($after: String) { companies(first: 200, after: $after) { nodes { npi } pageInfo { endCursor } } }"
VERDICTS = "query($npis: [String!]!) { verifyNpis(npis: $npis) { input result name } }"


def unheard_of() -> Iterator[str]:
    """Well-formed numbers that the sample, whose numbers begin with a 2, doesn't have."""
    numbers = (str(1_000_000_000 + number) for number in count())
    return (number for number in numbers if npi.verdict(number) == "VALID")


@pytest.fixture
def ask(walk: Walk) -> Callable[..., Any]:
    """Ask as somebody who may read and edit everything; the answer's data."""

    def send(query: str, **variables: Any) -> Any:
        headers = {"authorization": bearer("admin", (EVERY,))}
        body = {"query": query, "variables": variables}
        answer = httpx2.post(f"{walk.base_url}/graphql", json=body, headers=headers, timeout=30).json()
        assert "errors" not in answer, answer
        return answer["data"]

    return send


@pytest.fixture
def roster(walk: Walk, ask: Callable[..., Any]) -> list[str]:
    """A list of 5,000 numbers: companies of the directory, unknown ones, mistyped ones; written as a file."""
    known: list[str] = []
    after = None
    for _ in range(10):
        page = ask(PAGE, after=after)["companies"]
        known += [node["npi"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    numbers = [*known, *islice(unheard_of(), 2_990), *(f"123456789{digit}" for digit in range(10))]
    write(walk, numbers)
    return numbers


def write(walk: Walk, numbers: list[str]) -> None:
    """Write the list."""
    walk.write("keep.py", PROGRAM)
    walk.write("roster.csv", "\n".join(["Supplier,NPI", *(f"Somebody,{number}" for number in numbers)]))


def run(walk: Walk, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program on the list until nothing is left to do."""
    command = [sys.executable, program, walk.base_url, "roster.csv", "--once"]
    environment = {**os.environ, "TOKEN": bearer("partner").removeprefix("Bearer ")}
    return subprocess.run(
        command, cwd=walk.folder, env=environment, check=False, timeout=60, stdout=subprocess.PIPE, text=True
    )


def keep(walk: Walk) -> list[str]:
    """Run the page's program; the lines that it printed."""
    done = run(walk, "keep.py")
    assert done.returncode == 0
    return done.stdout.splitlines()


def shown(walk: Walk) -> list[tuple[str, str, str]]:
    """The verdicts of its file."""
    with (walk.folder / "roster.verified.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["npi"], row["result"], row["name"]) for row in csv.DictReader(lines)]


def verdicts(ask: Callable[..., Any], numbers: list[str]) -> list[tuple[str, str, str]]:
    """What the server says now."""
    batches = (ask(VERDICTS, npis=numbers[start : start + 1_000]) for start in range(0, len(numbers), 1_000))
    found = [row for batch in batches for row in batch["verifyNpis"]]
    return [(row["input"], row["result"], row["name"] or "") for row in found]


# Killed after the second thousand was stored.
KILLED = """
import os, keep
calls = iter(range(2))
def ask(*given, wait=keep.ask):
    if "npis" in given[2] and next(calls, None) is None:
        os._exit(9)
    return wait(*given)
keep.ask = ask
keep.main(*__import__("sys").argv[1:])
"""


async def test_5000_numbers_are_kept_verified(
    walk: Walk, ask: Callable[..., Any], roster: list[str], newcomers_copy: str
) -> None:
    walk.write("killed.py", KILLED)
    assert run(walk, "killed.py").returncode == 9
    new = roster[2_500]
    ask(CREATE, npi=new)
    assert keep(walk) == []
    assert shown(walk) == verdicts(ask, roster)
    assert shown(walk)[2_500] == (new, "ACTIVE", "New Inc")
    # A number is dropped, another is added; one is renamed, and one appears.
    appeared = roster[2_600]
    ask(RENAME, npi=new)
    ask(CREATE, npi=appeared)
    roster = [*roster[1:], "2030586815"]
    write(walk, roster)
    told = keep(walk)
    assert told == [f"{new} ACTIVE -> ACTIVE Newer Inc", f"{appeared} NOT_FOUND -> ACTIVE New Inc"]
    assert shown(walk) == verdicts(ask, roster)
    assert keep(walk) == []
    # Away for longer than changes are kept.
    last = roster[2_700]
    ask(CREATE, npi=last)
    async with Database.open(newcomers_copy) as database:
        for _ in range(2):
            await retention.remove_old(database, days=0)
    assert keep(walk) == [f"{last} NOT_FOUND -> ACTIVE New Inc"]
    assert shown(walk) == verdicts(ask, roster)
