"""exportCompanies: the file has what a query gives, as of one moment, in both forms and within the same rules."""

import csv
import gzip
import logging
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from db.engine import Database, connection_to
from graph.execution.bounds import Limits
from graph.execution.run import Runner
from graph.files import Files
from graph.jobs import export_companies as export
from graph.jobs.worker import Worker
from graph.schema import core_schema
from graph.telemetry.pseudonyms import pseudonyms
from tests.graph.mutations.conftest import OBRIEN, Mutate
from tests.graph.mutations.test_jobs import ADMIN, EXPORT, PARTNER, asked, refused, seen

FIELDS = """
    id npi name isActive npiStatus enumeratedOn taxonomies { code isPrimary } phone
    primaryLocation { id isPrimary address { line1 city state postalCode } }
    locations(first: 3) { nodes { id phone } pageInfo { hasNextPage } }
    licenses { number expiresOn }
"""
PAGE = f"""
    query($after: String, $filter: CompanyFilter) {{
      companies(first: 100, after: $after, filter: $filter, orderBy: [{{field: NPI}}]) {{
        nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }}
      }}
    }}
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder for the files of jobs."""
    return Files(tmp_path / "files")


@pytest.fixture
def worker(written: Database, runner: Runner, files: Files) -> Worker:
    """Somebody who does jobs."""
    return Worker(written, runner, files, "somebody")


async def exported(mutate: Mutate, worker: Worker, files: Files, **given: Any) -> tuple[Any, bytes]:
    """An export that was asked for and done: its file as it is told of, and what is in it."""
    id_ = (await asked(mutate, **given))["id"]
    assert await worker.try_next()
    found = await seen(mutate, id_)
    assert found["state"] == "SUCCEEDED", found
    return found["file"], gzip.decompress(files.path_of(found["file"]["name"]).read_bytes())


async def answered(mutate: Mutate, filter_: Any = None) -> list[Any]:
    """What a query gives of all companies, page by page."""
    found: list[Any] = []
    after = None
    while True:
        page = (await mutate(PAGE, {"after": after, "filter": filter_}, PARTNER))["data"]["companies"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    "filter_",
    [
        None,
        {"hasLocation": {"state": ["TX"]}},
        {"isActive": True, "not": {"npi": [OBRIEN]}, "or": [{"npiStatus": ["ACTIVE"]}, {"search": "clinic"}]},
        {
            "nppesUpdatedOn": {"from": "1990-01-01", "to": "2100-01-01"},
            "updatedAt": {"from": "2020-01-31T00:00:00+01:00"},
            "name": {"contains": "care"},
            "taxonomyPrefix": ["3", "2"],
            "hasLocation": {"within": {"north": 71, "south": 18, "east": -66, "west": -170}, "isPrimary": True},
            "and": [{"not": {"npiStatus": ["UNKNOWN"]}}],
        },
        {"npi": []},
    ],
    ids=["all", "by place", "nested", "of every kind", "none"],
)
async def test_a_file_has_what_a_query_gives(
    mutate: Mutate, worker: Worker, files: Files, filter_: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LARGEST", 64)
    file, content = await exported(mutate, worker, files, fields=FIELDS, filter=filter_)
    expected = await answered(mutate, filter_)
    assert (filter_ == {"npi": []}) == (expected == [])
    assert [orjson.loads(line) for line in content.splitlines()] == expected
    assert file["rows"] == len(expected)
    assert file["name"].endswith(".ndjson.gz")


async def test_a_file_is_as_of_one_moment_and_changes_go_on_from_there(
    mutate: Mutate, worker: Worker, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LARGEST", 50)
    answer = export.answer
    update = f"""
        mutation {{
          updateCompany(input: {{npi: "{OBRIEN}", website: "https://new.example"}}) {{ userErrors {{ code }} }}
        }}
    """
    before = (await mutate("{ dataset { cursor } }", viewer=PARTNER))["data"]["dataset"]["cursor"]
    parts: list[Sequence[str]] = []

    async def answer_late(*given: Any) -> Any:
        parts.append(given[3])
        if len(parts) == 2:
            assert (await mutate(update, viewer=ADMIN))["data"]["updateCompany"]["userErrors"] == []
        return await answer(*given)

    monkeypatch.setattr(export, "answer", answer_late)
    file, content = await exported(mutate, worker, files, fields="npi website")
    assert len(parts) > 4
    assert OBRIEN not in {npi for part in parts[:2] for npi in part}
    [row] = [orjson.loads(line) for line in content.splitlines() if OBRIEN.encode() in line]
    assert row["website"] != "https://new.example"
    assert file["cursor"] == before
    feed = "query($after: String) { changes(after: $after) { nodes { npi } } }"
    followed = await mutate(feed, {"after": file["cursor"]}, PARTNER)
    assert [each["npi"] for each in followed["data"]["changes"]["nodes"]] == [OBRIEN]


async def test_a_connection_that_is_lost_has_the_file_made_anew(
    mutate: Mutate, worker: Worker, files: Files, sample_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LARGEST", 50)
    answer = export.answer
    answered_before = 0

    async def answer_and_lose(*given: Any) -> Any:
        nonlocal answered_before
        answered_before += 1
        if answered_before == 3:
            async with connection_to(sample_copy) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND state = 'idle in transaction'"
                )
        return await answer(*given)

    monkeypatch.setattr(export, "answer", answer_and_lose)
    id_ = (await asked(mutate))["id"]
    assert await worker.try_next()
    assert (await seen(mutate, id_))["state"] == "QUEUED"
    assert await worker.try_next()
    found = await seen(mutate, id_)
    assert (found["state"], found["done"]) == ("SUCCEEDED", found["total"])
    assert [each.name for each in files.path_of("").iterdir()] == [found["file"]["name"]]


async def slowed(
    mutate: Mutate, written: Database, files: Files, monkeypatch: pytest.MonkeyPatch, most: int
) -> tuple[Any, list[int]]:
    """An export where more than `most` companies at a time take too long; how many were asked for each time."""
    fetch, asked_for = asyncpg.Connection.fetch, list[int]()

    async def fetch_slowly(connection: asyncpg.Connection, query: str, *given: Any, **others: Any) -> Any:
        if npis := next(
            (each for each in given if isinstance(each, list) and each[:1] and each[0].isdigit()), None
        ):
            asked_for.append(len(npis))
            if len(npis) > most:
                await connection.execute("SELECT pg_sleep(60)")
        return await fetch(connection, query, *given, **others)

    monkeypatch.setattr(export, "LARGEST", 200)
    id_ = (await asked(mutate))["id"]
    runner = Runner(core_schema, Limits(cost=1_000_000), timeout=0.3)
    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "fetch", fetch_slowly)
        assert await Worker(written, runner, files, "somebody").try_next()
    return await seen(mutate, id_), asked_for


async def test_what_takes_too_long_together_is_read_fewer_at_a_time(
    mutate: Mutate, written: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, asked_for = await slowed(mutate, written, files, monkeypatch, 60)
    assert found["state"] == "SUCCEEDED", found
    rows = gzip.decompress(files.path_of(found["file"]["name"]).read_bytes()).splitlines()
    npis = [orjson.loads(row)["npi"] for row in rows]
    assert npis == sorted(set(npis))
    assert len(npis) == found["file"]["rows"] > 300
    # The two that are under way at a time learn it, and no other.
    assert 1 <= sum(each > 60 for each in asked_for) <= 2


async def test_what_takes_too_long_by_itself_is_told(
    mutate: Mutate, written: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, asked_for = await slowed(mutate, written, files, monkeypatch, 0)
    assert (found["state"], found["error"]["code"]) == ("FAILED", "TIMEOUT")
    assert min(asked_for) == 1


async def test_a_file_that_cannot_be_written_is_told(
    mutate: Mutate, written: Database, runner: Runner, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").touch()
    id_ = (await asked(mutate))["id"]
    assert await Worker(written, runner, Files(tmp_path / "taken"), "somebody").try_next()
    found = await seen(mutate, id_)
    assert (found["state"], found["error"]["code"]) == ("FAILED", "SERVICE_UNAVAILABLE")
    assert "can't be written" in caplog.text


async def test_a_table_has_a_column_for_each_leaf(
    mutate: Mutate, worker: Worker, files: Files, sample_copy: str
) -> None:
    names = ['=HYPERLINK("https://evil.example")', "@SUM(1)", 'Smith, "Jo"\r\nInc.', "-1", "+15125550100"]
    async with connection_to(sample_copy) as connection:
        numbers = [row["npi"] for row in await connection.fetch("SELECT npi FROM companies ORDER BY npi LIMIT 5")]
        for npi, name in zip(numbers, names, strict=True):
            await connection.execute("UPDATE companies SET website = $2 WHERE npi = $1", npi, name)
    fields = "npi website isActive primaryLocation { address { city } }"
    file, content = await exported(mutate, worker, files, fields=fields, format="CSV")
    header, *rows = csv.reader(StringIO(content.decode(), newline=""))
    assert header == ["npi", "website", "isActive", "primaryLocation.address.city"]
    assert len(rows) == file["rows"]
    assert file["name"].endswith(".csv.gz")
    found = {row[0]: row for row in rows}
    assert [found[npi][1] for npi in numbers] == [
        '\'=HYPERLINK("https://evil.example")', "'@SUM(1)", 'Smith, "Jo"\r\nInc.', "-1", "+15125550100",
    ]  # fmt: skip
    assert {row[2] for row in rows} == {"true", "false"}
    assert content.count(b"\r\n") == len(rows) + 2


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({"fields": " # npi"}, "BLANK", "fields is required"),
        ({"fields": "npi nme"}, "INVALID", "Cannot query field 'nme' on type 'Company'."),
        ({"fields": "npi } dataset { cursor"}, "INVALID", "fields has a closing brace without an opening one."),
        ({"fields": "npi } } query B { dataset { cursor"}, "INVALID", "The document has 2 operations"),
        ({"fields": "npi #"}, None, ""),
        ({"fields": "primaryLocation"}, "INVALID", "must have a selection of subfields"),
        ({"fields": "npi" * 10_000}, "TOO_LONG", "more than 20000 characters"),
        ({"fields": "x: name " * 3_000}, "TOO_LONG", "more than 20000 characters"),
        ({"fields": "x: locations { nodes { id } }", "format": "CSV"}, "INVALID", "x.nodes is a list"),
        ({"fields": "taxonomies { code }", "format": "CSV"}, "INVALID", "taxonomies is a list"),
    ],
)
async def test_what_cannot_be_exported_is_told_at_once(
    mutate: Mutate, given: Any, code: str | None, told: str
) -> None:
    if code is None:
        await asked(mutate, **given)
        return
    problem = await refused(mutate, EXPORT, given)
    assert (problem["code"], problem["field"]) == (code, ["input", "fields"])
    assert told in problem["message"]


async def test_what_a_query_refuses_no_file_has(mutate: Mutate, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ariesone.audit")
    answer = await mutate(EXPORT, {"input": {"fields": "npi taxId"}}, PARTNER)
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["requiredRoles"]) == ("FORBIDDEN", ["ADMIN"])
    assert (await asked(mutate, ADMIN, fields="npi taxId"))["state"] == "QUEUED"
    audited = [vars(each) for each in caplog.records if each.name == "ariesone.audit"]
    assert [(each["user.hash"], each["event.outcome"], each["labels.guarded"]) for each in audited] == [
        (pseudonyms.of("partner one", ""), "failure", ["Company.taxId"]),
        (pseudonyms.of("chief", ""), "success", ["Company.taxId"]),
    ]
    bad = await mutate(EXPORT, {"input": {"fields": "npi", "filter": {"search": "x" * 1000}}}, PARTNER)
    assert bad["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
