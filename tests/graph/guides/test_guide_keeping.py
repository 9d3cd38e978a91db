"""The program that keeps a list verified: 5,000 numbers, killed in between, told of changes, away for too long."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
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


def run(
    walk: Walk, program: str, *words: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program, if no words are given on the list until nothing is left to do."""
    command = [sys.executable, program, *(words or (walk.base_url, "roster.csv", "--once"))]
    environment = {**os.environ, **(variables or {"TOKEN": token()})}
    return subprocess.run(
        command, cwd=walk.folder, env=environment, check=False, timeout=60, capture_output=True, text=True
    )


def token() -> str:
    """A partner's."""
    return bearer("partner").removeprefix("Bearer ")


def keep(walk: Walk) -> list[str]:
    """Run the page's program; the news that it printed, without their days, which are today's."""
    done = run(walk, "keep.py")
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    assert all(datetime.now(UTC) - datetime.fromisoformat(f"{day}T00Z") < timedelta(days=2) for day, _ in lines)
    return [news for _, news in lines]


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
def ask(*given, wait=keep.Server.ask):
    if "npis" in given[2] and next(calls, None) is None:
        os._exit(9)
    return wait(*given)
keep.Server.ask = ask
keep.main(*__import__("sys").argv[1:])
"""


async def test_5000_numbers_are_kept_verified(
    walk: Walk, ask: Callable[..., Any], roster: list[str], newcomers_copy: str
) -> None:
    walk.write("killed.py", KILLED)
    assert run(walk, "killed.py").returncode == 9
    new = roster[2_500]
    ask(CREATE, npi=new)
    [told] = keep(walk)
    assert told.startswith(f"{new} company created: ")
    assert shown(walk) == verdicts(ask, roster)
    assert shown(walk)[2_500] == (new, "ACTIVE", "New Inc")
    # A number is dropped, another is added; one is renamed, and one appears.
    appeared = roster[2_600]
    ask(RENAME, npi=new)
    ask(CREATE, npi=appeared)
    roster = [*roster[1:], "2030586815"]
    write(walk, roster)
    renamed, created, verdict = keep(walk)
    assert renamed == f'{new} company updated: name "New Inc" -> "Newer Inc"'
    assert created.startswith(f"{appeared} company created: ")
    assert verdict == f'{appeared} verdict: result "NOT_FOUND" -> "ACTIVE"'
    assert shown(walk) == verdicts(ask, roster)
    assert keep(walk) == []
    # A row vanishes, and comes back with another verdict.
    vanished = roster[2_800]
    write(walk, [number for number in roster if number != vanished])
    ask(CREATE, npi=vanished)
    assert keep(walk) == []
    assert vanished not in [number for number, _, _ in shown(walk)]
    write(walk, roster)
    differs = 'verdict: result "NOT_FOUND" -> "ACTIVE", is_active null -> "yes", name null -> "New Inc"'
    assert keep(walk) == [f"{vanished} {differs}"]
    # Away for longer than changes are kept.
    last = roster[2_700]
    ask(CREATE, npi=last)
    async with Database.open(newcomers_copy) as database:
        for _ in range(2):
            await retention.remove_old(database, days=0)
    assert keep(walk) == [f"{last} {differs}"]
    assert shown(walk) == verdicts(ask, roster)


# What happens each time that the program pauses.
TROUBLED = """
import sys, keep
from pathlib import Path
roster, token = Path("roster.csv"), Path("token")
good = token.read_text()
happens = iter([
    lambda: roster.write_text(""),
    lambda: roster.write_text('Supplier,NPI\\nSomebody,"2030'),
    lambda: roster.write_text("Supplier,NPI\\nSomebody\\nSomebody,12345\\n"),
    lambda: token.write_text("no.token.now"),
    lambda: token.write_text(good),
    lambda: roster.write_text("Supplier,NPI\\nSomebody,123\\n"),
    sys.exit,
])
keep.time.sleep = lambda seconds: next(happens)()
keep.main(*sys.argv[1:])
"""


def test_troubles_are_told_and_survived(walk: Walk) -> None:
    write(walk, ["2030586814", "12345"])
    walk.write("troubled.py", TROUBLED)
    walk.write("token", token())
    done = run(walk, "troubled.py", walk.base_url + "/graphql", "roster.csv", variables={"TOKEN_FILE": "token"})
    assert (done.returncode, done.stdout) == (0, "")
    empty, broken, short, expired = done.stderr.splitlines()
    assert "the first line must name one column NPI" in empty
    assert "unexpected end of data" in broken
    assert "line 2 is left out" in short
    assert "UNAUTHENTICATED" in expired
    assert [row[:2] for row in shown(walk)] == [("123", "INVALID_FORMAT")]


# Without the pauses.
HASTY = "import sys, keep; keep.time.sleep = lambda seconds: None; keep.main(*sys.argv[1:])"


def test_what_cannot_work_ends_with_a_line(walk: Walk) -> None:
    write(walk, ["12345"])
    walk.write("hasty.py", HASTY)
    walk.write("alike.csv", "npi_name,Number\nSomebody,12345\n")
    nowhere, no_file, viewer = (
        "http://127.0.0.1:9",
        {"TOKEN_FILE": "missing"},
        {"TOKEN": bearer("viewer").split()[1]},
    )
    for done, said in (
        (run(walk, "keep.py", "roster.csv"), "keep.py URL roster.csv"),
        (run(walk, "keep.py", walk.base_url, "roster.csv", variables={"LANG": "C"}), "Put a token into"),
        (run(walk, "hasty.py", walk.base_url, "roster.csv", "--once", variables=no_file), "'missing'"),
        (run(walk, "keep.py", walk.base_url, "alike.csv"), "must name one column NPI"),
        (run(walk, "keep.py", walk.base_url, "missing.csv"), "No such file"),
        (run(walk, "hasty.py", nowhere, "roster.csv", "--once"), "Connection refused"),
        (run(walk, "hasty.py", f"{walk.base_url}/docs", "roster.csv", "--once"), "BAD_REQUEST"),
        (run(walk, "keep.py", walk.base_url, "roster.csv", variables=viewer), "FORBIDDEN"),
    ):
        assert done.returncode == 1
        assert said in done.stderr
        assert "Traceback" not in done.stderr
