"""`ariesone db dump` and `db restore`: a restored directory answers as the dumped one, and goes on from there."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.graph.commands.conftest import Server
from tests.graph.conftest import bearer

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]

PAGE = """query ($after: String) {
  companies(first: 7, after: $after, orderBy: [{field: NAME}]) {
    nodes { id npi name phone website version locations { nodes { id name } } } pageInfo { endCursor }
  }
}"""
CHANGES = """query ($after: String) {
  changes(first: 50, after: $after) { nodes { cursor kind npi fields { name old new } } pageInfo { endCursor } }
}"""
DATASET = "{ dataset { cursor release { source } companies { value } locations { value } } }"
LISTS = "{ watchLists { nodes { id name npiCount version } } }"
EDIT = """mutation ($npi: NPI!, $website: String) {
  updateCompany(input: {npi: $npi, website: $website}) { company { version } userErrors { code message } }
}"""
LIST = """mutation ($npis: [NPI!]) {
  createWatchList(input: {name: "Ours", npis: $npis}) { watchList { id } userErrors { code message } }
}"""


def ask(server: Server, query: str, **variables: Any) -> Any:
    """What an administrator is answered."""
    headers = {"authorization": bearer("admin", ("*",))}
    body = {"query": query, "variables": variables}
    answer = httpx2.post(f"{server.address}/graphql", json=body, headers=headers, timeout=30).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_what_is_restored_answers_alike_and_its_cursors_go_on(
    serve: Callable[..., Server], command: Command, tmp_path: Path
) -> None:
    before = serve()
    first = ask(before, PAGE)["companies"]
    npis = [each["npi"] for each in first["nodes"]]
    for npi in npis[:3]:
        ask(before, EDIT, npi=npi, website=f"https://{npi}.example")
    ask(before, LIST, npis=npis)
    seen = ask(before, DATASET)["dataset"]["cursor"]
    ask(before, EDIT, npi=npis[4], website="https://seen.example")
    dumped = command("db", "dump", "kept.dump")
    assert dumped.returncode == 0, dumped.stderr
    assert dumped.stdout.startswith("kept.dump has the database, ")
    assert (tmp_path / "kept.dump").stat().st_mode & 0o077 == 0
    asked: list[tuple[str, dict[str, Any]]] = [
        (PAGE, {}),
        (PAGE, {"after": first["pageInfo"]["endCursor"]}),
        (CHANGES, {"after": "0"}),
        (CHANGES, {"after": seen}),
        (DATASET, {}),
        (LISTS, {}),
    ]
    kept = [ask(before, query, **variables) for query, variables in asked]
    assert [each["npi"] for each in kept[3]["changes"]["nodes"]] == [npis[4]]
    # What comes later isn't in it.
    ask(before, EDIT, npi=npis[5], website="https://late.example")

    restored = command("db", "restore", "kept.dump", DATA_DIR="restored")
    assert (restored.returncode, restored.stderr) == (0, "")
    after = serve(DATA_DIR="restored")
    assert [ask(after, query, **variables) for query, variables in asked] == kept
    ask(after, EDIT, npi=npis[6], website="https://new.example")
    [_, new] = ask(after, CHANGES, after=seen)["changes"]["nodes"]
    assert new["npi"] == npis[6]
    assert int(new["cursor"]) > int(kept[4]["dataset"]["cursor"])


def test_nothing_is_restored_over_what_is_there_or_in_part(
    serve: Callable[..., Server], command: Command, tmp_path: Path
) -> None:
    serve()
    assert command("db", "dump", "kept.dump").returncode == 0
    refused = command("db", "restore", "kept.dump")
    assert refused.returncode == 1
    assert "The database isn't empty" in refused.stderr
    whole = (tmp_path / "kept.dump").read_bytes()
    (tmp_path / "half.dump").write_bytes(whole[: len(whole) // 2])
    failed = command("db", "restore", "half.dump", DATA_DIR="half")
    assert failed.returncode == 1
    assert "pg_restore ended with code 1" in failed.stderr
    assert "The database is empty" in command("db", "current", DATA_DIR="half").stdout


def test_a_dump_that_fails_leaves_no_file(command: Command, tmp_path: Path) -> None:
    done = command(
        "db", "dump", "kept.dump", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing?sslmode=disable"
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("kept.dump*"))
