"""The program that keeps a copy, as it stands on its page; and what lists of a thousand cost."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from starlette.types import ASGIApp

from db import retention
from db.engine import Database
from db.statement import compiled
from graph.app import create_app
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.identity.viewer import EVERY, Viewer
from graph.schema import core_schema
from graph.settings import Settings
from tests.db.nppes.cms import A, Directory, organisation
from tests.fences import fences, named
from tests.graph.conftest import Server, bearer
from tests.graph.mutations.conftest import HOLZER, OBRIEN

PROGRAM = named(("copying.md",))["follow.py"].text
[VERIFY] = (each.text for each in fences("partners.md") if each.text.startswith("query Verify {"))

Serve = Callable[[ASGIApp], AbstractContextManager[Server]]

UPDATE = """
    mutation($npi: NPI!, $website: String) {
      updateCompany(input: {npi: $npi, website: $website}) { userErrors { code } }
    }
"""
ADD = """
    mutation($line1: String!) {
      addLocation(
        input: {npi: "2999999925", address: {line1: $line1, city: "Reno", state: "NV", postalCode: "89501"}}
      ) { location { id } userErrors { code } }
    }
"""
RESTORE = "mutation($id: ID!) { restoreLocation(input: {id: $id}) { userErrors { code } } }"
LICENSE = """
    mutation($npi: NPI!) {
      addLicense(input: {npi: $npi, kind: PHARMACY, number: "P-1", state: "TX", expiresOn: "2030-01-01"}) {
        userErrors { code }
      }
    }
"""
REMOVE = "mutation($id: ID!) { removeLocation(input: {id: $id}) { userErrors { code } } }"
ROWS = compiled(
    text("""
    SELECT 'company:' || npi, npi, version, website FROM companies
    UNION ALL SELECT 'location:' || id, npi, version, name FROM locations
    """)
)


def test_a_list_of_a_thousand_costs_no_more_than_a_request_may() -> None:
    query = re.sub(r"npis: \[.*?\]", "npis: $npis", VERIFY).replace("Verify {", "Verify($npis: [String!]!) {")
    runner = Runner(core_schema, Limits(), timeout=1)
    prepared = runner.prepare(query, None, {"npis": [OBRIEN] * 1_000}, Viewer("p", frozenset({"PARTNER"})))
    assert 1_000 < prepared.cost <= Limits().cost


@pytest.fixture
def editable(sample_copy: str, settings_for: Callable[..., Settings], serve: Serve) -> Iterator[Server]:
    """A server whose directory may be changed."""
    with serve(create_app(settings_for(sample_copy))) as running:
        yield running


@pytest.fixture
def follow(tmp_path: Path) -> Any:
    """The program, as a module."""
    path = tmp_path / "follow.py"
    path.write_text(PROGRAM, encoding="utf-8")
    spec = spec_from_file_location("follow", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def edit(editable: Server) -> Callable[..., Any]:
    """Send a mutation as an editor; its payload."""

    def send(mutation: str, **variables: str) -> Any:
        answer = editable.post(mutation, variables, authorization=bearer("editor", (EVERY,))).json()
        [payload] = answer["data"].values()
        assert payload["userErrors"] == []
        return payload

    return send


async def directory(url: str) -> list[tuple[object, ...]]:
    """What the copy should have."""
    async with Database.open(url) as database:
        return sorted(tuple(row) for row in await database.read(ROWS))


def copied(file: Path) -> list[tuple[object, ...]]:
    """What the copy has."""
    found = []
    for id_, npi, version, row in sqlite3.connect(file).execute("SELECT * FROM directory"):
        content = json.loads(row)
        found.append((id_, npi, version, content["website" if id_.startswith("company:") else "name"]))
    return sorted(found)


async def test_the_program_goes_on_where_it_was_and_ends_with_the_same_directory(
    editable: Server,
    edit: Callable[..., Any],
    follow: Any,
    sample_copy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, token = str(editable.client.base_url).rstrip("/"), bearer("partner").removeprefix("Bearer ")
    file = tmp_path / "copy.db"

    def run() -> None:
        command = [sys.executable, str(tmp_path / "follow.py"), address, str(file), "--once"]
        subprocess.run(command, env={**os.environ, "TOKEN": token}, check=True, timeout=60)

    server, copy = follow.Server(address, token), follow.Copy(file)
    assert [copy.take_step(server) for _ in range(2)] == [True, True]
    # Killed between the rows of a page and the place after it.
    with monkeypatch.context() as patch:
        patch.setattr(copy, "go_to", lambda *_: sys.exit("killed"))
        with pytest.raises(SystemExit):
            copy.take_step(server)
    assert len(copied(file)) == 200
    edit(UPDATE, npi=OBRIEN, website="https://first.example")
    first, second = (edit(ADD, line1=line1)["location"]["id"] for line1 in ("1 A St", "2 B St"))
    run()
    assert copied(file) == await directory(sample_copy)
    edit(UPDATE, npi=OBRIEN, website="https://second.example")
    edit(LICENSE, npi=HOLZER)
    edit(UPDATE, npi=HOLZER, website="https://third.example")
    edit(REMOVE, id=first)
    edit(REMOVE, id=second)
    edit(RESTORE, id=second)
    run()
    assert copied(file) == await directory(sample_copy)
    assert {first, second} & {row[0] for row in copied(file)} == {second}
    [(company,)] = sqlite3.connect(file).execute("SELECT row FROM directory WHERE id = ?", [f"company:{HOLZER}"])
    assert [each["number"] for each in json.loads(company)["licenses"]][-1] == "P-1"
    # Away for longer than changes are kept, it never hears of this removal, and takes the copy anew.
    edit(REMOVE, id=second)
    async with Database.open(sample_copy) as database:
        for _ in range(2):
            await retention.remove_old(database, days=0)
    with pytest.raises(follow.Refused, match="CURSOR_EXPIRED"):
        copy.take_step(server)
    run()
    assert copied(file) == await directory(sample_copy)
    # The first real companies take the sample's place.
    connection = await asyncpg.connect(sample_copy)
    await Directory(connection, tmp_path).companies(organisation(A))
    await connection.close()
    loaded = await directory(sample_copy)
    assert len(loaded) < 200
    # Kept answers are half a second behind what another process has written.
    ends = time.monotonic() + 20
    while copied(file) != loaded:
        assert time.monotonic() < ends
        run()
