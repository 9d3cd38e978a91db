"""importCompanies and importLocations: what lists of the same rows come to, for long files of either format."""

import csv
import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from db import job_parts, jobs, revocations, uploads
from db.engine import Database
from db.failures import DatabaseUnavailableError, LockedError
from db.job_parts import LeaseLostError
from db.reads import Read
from db.uploads import Received
from graph.execution.run import Runner
from graph.files import Files
from graph.identity.viewer import Viewer
from graph.jobs.imports import importing
from graph.jobs.imports.importing import Import
from graph.jobs.kinds import KINDS
from graph.jobs.worker import Worker
from graph.types.enums import LocationKind
from tests.graph.mutations.conftest import ADMIN, BY_HAND, EDITOR, HOLZER, OBRIEN, Mutate
from tests.graph.mutations.test_bulk import done, npi_of, place

IMPORT = """
    mutation($input: ImportInput!) {
      done: import%s(input: $input) { job { id state } userErrors { code message field } }
    }
"""
SEEN = """
    query($id: ID!) {
      job(id: $id) { kind state done total failed error { code message } file { name rows cursor } }
    }
"""
COMPANY = """
    query($npi: NPI!) {
      company(npi: $npi) {
        name website phone parentName version source mailingAddress { line1 city state postalCode }
      }
    }
"""

VERBS = (("importCompanies", ""), ("importLocations", ""))
# What is imported: objects, or a table.
Rows = Sequence[Any] | str | bytes


@dataclass
class Desk:
    """Imports files, as somebody who uploads them and has jobs done."""

    mutate: Mutate
    database: Database
    worker: Worker
    files: Files

    async def upload(self, content: bytes, viewer: Viewer) -> str:
        """The id of an upload that the content was sent to."""
        made = await self.mutate("mutation { createUpload { upload { id } } }", viewer=viewer)
        id_: str = made["data"]["createUpload"]["upload"]["id"]
        with self.files.receiving() as file:
            file.write(content)
        received = Received(file.name, file.bytes, file.sha256)
        assert await uploads.receive(self.database, UUID(id_.removeprefix("upload:")), received) == []
        return id_

    async def ask(self, noun: str, rows: Rows, viewer: Viewer = ADMIN, **given: Any) -> str:
        """The id of a job that imports rows, or a table."""
        content = rows.encode() if isinstance(rows, str) else rows
        content = content if isinstance(content, bytes) else b"\n".join(map(orjson.dumps, content))
        format_ = "CSV" if isinstance(rows, str | bytes) else "NDJSON"
        input_ = {"upload": await self.upload(content, viewer), "format": format_, **given}
        answer = await self.mutate(IMPORT % noun, {"input": input_}, viewer)
        assert answer["data"]["done"]["userErrors"] == [], answer
        return str(answer["data"]["done"]["job"]["id"])

    async def seen(self, id_: str, viewer: Viewer = ADMIN) -> Any:
        return (await self.mutate(SEEN, {"id": id_}, viewer))["data"]["job"]

    async def outcomes(self, id_: str, viewer: Viewer = ADMIN) -> list[Any]:
        """What became of each row, by the file of a job that was done."""
        job = await self.seen(id_, viewer)
        assert job["state"] == "SUCCEEDED", job
        found = rows_of_file(self.files.path_of(job["file"]["name"]))
        assert job["file"]["rows"] == job["done"] == job["total"] == len(found)
        assert job["failed"] == sum(each["outcome"] in {"FAILED", "NOT_DONE"} for each in found)
        return found

    async def imported(self, noun: str, rows: Rows, viewer: Viewer = ADMIN, **given: Any) -> Any:
        id_ = await self.ask(noun, rows, viewer, **given)
        assert await self.worker.try_next()
        return await self.outcomes(id_, viewer)

    async def refused(self, noun: str, rows: Rows, viewer: Viewer = ADMIN, **given: Any) -> Any:
        """The error of a job that failed, after which the log is as it was."""
        before = await self.cursor()
        id_ = await self.ask(noun, rows, viewer, **given)
        assert await self.worker.try_next()
        job = await self.seen(id_, viewer)
        assert (job["state"], job["done"], job["file"]) == ("FAILED", 0, None), job
        assert await self.cursor() == before
        return job["error"]

    async def cursor(self) -> str:
        return str((await self.mutate("{ dataset { cursor } }"))["data"]["dataset"]["cursor"])

    async def company(self, npi: str) -> Any:
        return (await self.mutate(COMPANY, {"npi": npi}, ADMIN))["data"]["company"]

    async def changes(self, after: str) -> list[Any]:
        what = "npi kind author { subject }"
        query = f"query($after: String) {{ changes(after: $after, first: 200) {{ nodes {{ {what} }} }} }}"
        return list((await self.mutate(query, {"after": after}, ADMIN))["data"]["changes"]["nodes"])


def rows_of_file(path: Path) -> list[Any]:
    """The rows of a file of outcomes, in one form for both formats."""
    content = gzip.decompress(path.read_bytes()).decode()
    if path.name.endswith(".ndjson.gz"):
        return [orjson.loads(line) for line in content.splitlines()]
    found = []
    for row in csv.DictReader(StringIO(content)):
        errors = zip(*(filter(None, row[each].split("; ")) for each in ("code", "field")), strict=True)
        told = [{"code": code, "field": field} for code, field in errors]
        found.append({**row, "row": int(row["row"]), "userErrors": told})
    return found


def told(outcomes: Sequence[Any]) -> list[Any]:
    """Each row's number, outcome, and the codes and fields of its errors."""
    return [
        (each["row"], each["outcome"], [(error["code"], error["field"]) for error in each["userErrors"]])
        for each in outcomes
    ]


def fates(outcomes: Sequence[Any]) -> list[str]:
    return [each["outcome"] for each in outcomes]


def companies(numbers: range, **others: Any) -> list[Mapping[str, Any]]:
    return [{"npi": npi_of(number), "name": f"Company {number}", **others} for number in numbers]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder for the files of jobs."""
    return Files(tmp_path / "files")


@pytest.fixture
def desk(mutate: Mutate, written: Database, runner: Runner, files: Files) -> Desk:
    return Desk(mutate, written, Worker(written, runner, files, "somebody"), files)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Few rows are a batch."""
    monkeypatch.setattr(importing, "MAX_ROWS", 3)
    monkeypatch.setattr(importing, "RETRIES", (0.0, 0.0))
    return 3


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ADDRESS = {"line1": "9 Dock Rd", "city": "Austin", "state": "TX", "postalCode": "78701"}


async def test_rows_enter_update_or_change_nothing(desk: Desk) -> None:
    before = await desk.cursor()
    rows = [
        {"npi": npi_of(1), "name": "One", "website": "one.example", "mailingAddress": ADDRESS},
        {"npi": BY_HAND, "website": "https://new.example", "phone": None},
        {"npi": npi_of(2), "name": ""},
        {"npi": OBRIEN, "name": "Another name"},
        {"npi": "1234567890", "name": "No NPI"},
    ]
    found = await desk.imported("Companies", rows, onError="REJECT_FAILED")
    assert told(found) == [
        (1, "CREATED", []),
        (2, "UPDATED", []),
        (3, "FAILED", [("BLANK", "name")]),
        (4, "FAILED", [("OWNED_BY_REGISTRY", "name")]),
        (5, "FAILED", [("INVALID", "npi")]),
    ]
    assert found[0] == {
        "row": 1, "outcome": "CREATED", "npi": npi_of(1), "id": f"company:{npi_of(1)}", "version": 1,
        "userErrors": [],
    }  # fmt: skip
    made, changed = await desk.company(npi_of(1)), await desk.company(BY_HAND)
    assert (made["name"], made["website"], made["mailingAddress"]) == ("One", "https://one.example", ADDRESS)
    assert (changed["website"], changed["phone"], changed["version"]) == (
        "https://new.example", None, found[1]["version"],
    )  # fmt: skip
    assert await desk.company(npi_of(2)) is None
    told_of = [(each["kind"], each["author"]["subject"]) for each in await desk.changes(before)]
    assert told_of == [("COMPANY_CREATED", ADMIN.subject), ("COMPANY_UPDATED", ADMIN.subject)]
    again = await desk.imported("Companies", rows[:2])
    assert fates(again) == ["UNCHANGED", "UNCHANGED"]
    assert again[1]["version"] == found[1]["version"]


async def test_a_table_says_the_same_as_lines(desk: Desk) -> None:
    text = (
        "\ufeffnpi;name;website;phone;mailingAddress.line1;mailingAddress.city;mailingAddress.state;"
        "mailingAddress.postalCode;parentName;;\r\n"
        f'{npi_of(1)};One;one.example;;9 Dock Rd;Austin;TX;78701;"Up;per";;\r\n'
        "\r\n"
        f"{BY_HAND};;https://new.example;null\r\n"
        f"{npi_of(2)};null;;;\r\n"
        f"{npi_of(3)};'=Three;;;\r\n"
        f"{npi_of(4)};Four;;;9 Dock Rd;;TX;no zip\r\n"
    )
    before = await desk.company(BY_HAND)
    found = await desk.imported("Companies", text, onError="REJECT_FAILED")
    assert told(found) == [
        (1, "CREATED", []),
        (3, "UPDATED", []),
        (4, "FAILED", [("BLANK", "name")]),
        (5, "CREATED", []),
        (6, "FAILED", [("BLANK", "mailingAddress.city")]),
    ]
    made, changed = await desk.company(npi_of(1)), await desk.company(BY_HAND)
    assert (made["name"], made["mailingAddress"]) == ("One", ADDRESS)
    assert changed == {
        **before, "website": "https://new.example", "phone": None, "version": before["version"] + 1,
    }  # fmt: skip
    assert (await desk.company(npi_of(3)))["name"] == "=Three"


@pytest.mark.parametrize("noun", ["Companies", "Locations"])
async def test_what_the_database_cannot_hold_is_wrong_with_its_row_alone(desk: Desk, noun: str) -> None:
    rows = [{"npi": "12\x0034567893", "name": "A"}, {"npi": npi_of(1), "name": "A\x00B"}, {"id": "location:\x00"}]
    found = await desk.imported(noun, rows if noun == "Locations" else rows[:2], onError="REJECT_FAILED")
    assert {each["outcome"] for each in found} == {"FAILED"}


async def test_null_empties_an_object_of_a_table(desk: Desk) -> None:
    await desk.imported("Companies", [{"npi": npi_of(1), "name": "One", "mailingAddress": ADDRESS}])
    assert fates(await desk.imported("Companies", f"npi,mailingAddress\n{npi_of(1)},null\n")) == ["UPDATED"]
    assert (await desk.company(npi_of(1)))["mailingAddress"] is None
    both = f"npi,mailingAddress,mailingAddress.line1\n{npi_of(1)},null,9 Dock Rd\n"
    assert "null" in (await desk.refused("Companies", both))["message"]
    turned = f"npi,mailingAddress.line1,mailingAddress\n{npi_of(1)},9 Dock Rd,null\n"
    assert "null" in (await desk.refused("Companies", turned))["message"]


async def test_one_bad_row_and_nothing_is_written(desk: Desk, small: int) -> None:
    for length in (small, 3 * small):
        before = await desk.cursor()
        rows = [*companies(range(length - 1)), {"npi": npi_of(99)}]
        found = await desk.imported("Companies", rows)
        assert told(found) == [
            *((number, "NOT_DONE", [("NOT_DONE", None)]) for number in range(1, length)),
            (length, "FAILED", [("BLANK", "name")]),
        ]
        assert await desk.cursor() == before
    assert len([each for each in (desk.files.path_of("")).iterdir() if "imported" in each.name]) == 2


async def test_what_is_tried_is_told_and_not_kept(desk: Desk, small: int) -> None:
    before = await desk.cursor()
    rows = [*companies(range(small)), {"npi": BY_HAND, "website": "https://new.example"}, {"npi": npi_of(99)}]
    found = await desk.imported("Companies", rows, validateOnly=True)
    assert fates(found) == [*["CREATED"] * small, "UPDATED", "FAILED"]
    assert (found[0]["npi"], found[0]["id"], found[0]["version"]) == (npi_of(0), None, 1)
    assert await desk.cursor() == before
    assert await desk.company(npi_of(0)) is None


async def test_a_row_of_a_file_is_told_what_a_row_of_a_list_is(desk: Desk) -> None:
    rows: list[Mapping[str, Any]] = [
        {"npi": npi_of(1), "name": "x" * 301, "website": "no site", "phone": "1", "taxId": "12"},
        {"npi": npi_of(2), "name": "Two", "mailingAddress": {**ADDRESS, "state": "ZZ", "postalCode": "1"}},
        {"npi": HOLZER, "name": "Taken"},
        {"npi": npi_of(3), "name": "Three"},
        {"npi": npi_of(3), "name": "Three again"},
    ]
    listed = await done(desk.mutate, "createCompanies", rows, policy="REJECT_FAILED", only=True)
    found = await desk.imported("Companies", rows, operation="CREATE", onError="REJECT_FAILED", validateOnly=True)
    assert [each for _, _, each in told(found)] == [
        [(error["code"], ".".join(error["field"][2:]) or None) for error in row["userErrors"]] for row in listed
    ]
    assert fates(found) == ["FAILED", "FAILED", "FAILED", "CREATED", "FAILED"]


async def test_a_row_about_the_same_as_one_far_before_it_is_refused(desk: Desk, small: int) -> None:
    rows = [*companies(range(2 * small)), {"npi": f" {npi_of(0)}", "name": "Again"}]
    found = await desk.imported("Companies", rows, onError="REJECT_FAILED")
    assert told(found)[-1] == (2 * small + 1, "FAILED", [("REPEATED", "npi")])
    assert (await desk.company(npi_of(0)))["name"] == "Company 0"


@pytest.mark.parametrize(
    ("operation", "expected"), [("CREATE", ["CREATED", "FAILED"]), ("UPDATE", ["FAILED", "UPDATED"])]
)
async def test_a_file_may_only_enter_or_only_update(desk: Desk, operation: str, expected: list[str]) -> None:
    rows = [{"npi": npi_of(1), "name": "One"}, {"npi": BY_HAND, "name": "By other hands"}]
    found = await desk.imported("Companies", rows, operation=operation, onError="REJECT_FAILED")
    assert fates(found) == expected
    [failed] = [each for each in found if each["outcome"] == "FAILED"]
    assert failed["userErrors"][0]["code"] == ("TAKEN" if operation == "CREATE" else "NOT_FOUND")


async def test_an_update_holds_only_for_the_version_that_was_seen(desk: Desk) -> None:
    version = (await desk.company(BY_HAND))["version"]
    rows = [
        {"npi": BY_HAND, "website": "https://new.example", "ifVersion": version + 1},
        {"npi": npi_of(1), "name": "One", "ifVersion": 1},
    ]
    found = await desk.imported("Companies", rows, onError="REJECT_FAILED")
    assert told(found) == [(1, "FAILED", [("CONFLICT", "ifVersion")]), (2, "FAILED", [("INVALID", "ifVersion")])]


async def test_locations_are_added_and_updated(desk: Desk) -> None:
    [listed] = await done(desk.mutate, "addLocations", [place(BY_HAND, "1 Quay St")])
    id_ = listed["location"]["id"]
    rows: list[Mapping[str, Any]] = [
        place(BY_HAND, "2 Quay St", name="Two"),
        {"id": id_, "name": "One"},
        {"id": id_, "name": "One again"},
        place(BY_HAND, "3 Quay St", isActive=False),
        {"id": "location:none", "name": "None"},
        {"id": id_.replace("location:", "location:0")[: len(id_)], "npi": BY_HAND, "name": "Both"},
        place(BY_HAND, "2 quay street"),
        {"npi": BY_HAND},
        {**place(BY_HAND, "4 Quay St"), "address": "4 Quay St"},
        place(BY_HAND, "5 Quay St", kind="SHOP"),
        {"id": id_, "name": ["1" * 1_000] * 2},
    ]
    found = await desk.imported("Locations", rows, onError="REJECT_FAILED")
    assert told(found) == [
        (1, "CREATED", []),
        (2, "UPDATED", []),
        (3, "FAILED", [("REPEATED", "id")]),
        (4, "FAILED", [("INVALID", "isActive")]),
        (5, "FAILED", [("INVALID", "id")]),
        (6, "FAILED", [("INVALID", "npi")]),
        (7, "FAILED", [("DUPLICATE", "address")]),
        (8, "FAILED", [("BLANK", "address")]),
        (9, "FAILED", [("INVALID", "address")]),
        (10, "FAILED", [("INVALID", "kind")]),
        (11, "FAILED", [("INVALID", "name"), ("REPEATED", "id")]),
    ]
    assert found[1]["id"] == id_
    kinds = ", ".join(kind.name for kind in LocationKind)
    assert found[9]["userErrors"][0]["message"] == f"kind is none of {kinds}."
    assert len(found[10]["userErrors"][0]["message"]) == 300
    assert found[1]["npi"] == BY_HAND
    query = "query($id: ID!) { location(id: $id) { name version address { line1 } } }"
    added = (await desk.mutate(query, {"id": found[0]["id"]}))["data"]["location"]
    assert added == {"name": "Two", "version": found[0]["version"], "address": {"line1": "2 Quay St"}}
    head = "id,npi,address.line1,address.city,address.state,address.postalCode"
    table = f"{head}\n,{BY_HAND},6 Quay St,Austin,TX,78701\n"
    assert fates(await desk.imported("Locations", table)) == ["CREATED"]


async def test_who_may_change_some_companies_imports_these(desk: Desk) -> None:
    rows = [{"npi": BY_HAND, "website": "mine.example"}, {"npi": HOLZER, "website": "theirs.example"}]
    found = await desk.imported("Companies", rows, EDITOR, onError="REJECT_FAILED")
    assert told(found) == [(1, "UPDATED", []), (2, "FAILED", [("NOT_FOUND", "npi")])]
    [entered] = await desk.imported("Companies", companies(range(1)), EDITOR, onError="REJECT_FAILED")
    assert entered["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_field_that_roles_do_not_open_refuses_the_file(desk: Desk) -> None:
    rows = [{"npi": BY_HAND, "website": "mine.example"}, {"npi": OBRIEN, "taxId": "12-3456789"}]
    error = await desk.refused("Companies", rows, EDITOR, onError="REJECT_FAILED")
    assert (error["code"], "taxId" in error["message"]) == ("FORBIDDEN", True)
    assert (await desk.refused("Companies", f"npi,taxId\n{BY_HAND},\n", EDITOR))["code"] == "FORBIDDEN"
    assert fates(await desk.imported("Companies", rows)) == ["UPDATED", "UPDATED"]


UNREADABLE: Sequence[tuple[Any, str]] = (
    ("npi,nmae\n1,2\n", r"The header has the unknown field nmae; known are name"),
    ("npi,name,npi\n", r"The header has the column npi twice"),
    ("npi,,name\n", r"Column 2 has no name"),
    ("name\nOne\n", r"no column npi"),
    ("npi,name\n1,2,3\n", r"Row 1 \(line 2\) has 3 values; the header has 2 columns"),
    ('npi,name\n\n1,"2"3\n', r"Line 3 is not CSV"),
    ('npi,name\n1,"2\n', r"Line 2 is not CSV"),
    ("npi,mailingAddress\n1,Austin\n", r"Row 1 \(line 2\) has a value for mailingAddress"),
    ("npi,name\n", r"has no rows"),
    ("", r"no column npi"),
    (b"npi,name\n1,Caf\xe9\n", r"Line 2 is not UTF-8"),
    (b"npi,name\n1," + b"x" * 50_000, r"Line 2 has 50,000 bytes or more"),
    ('npi,name\n1,"' + "two\n" * 20_000, r"in line 12501 has more than 50,000 characters; is a quote left open"),
    (gzip.compress(b"npi\n1")[:-9], r"unpacked"),
    ([], r"has no rows"),
    ([{"npi": BY_HAND, "website": "x.example"}, [1]], r"Row 2 is not a JSON object"),
    ([{"npi": BY_HAND, "website": "x.example"}, {"npi": "1", "web": 1}], r"Row 2 .* field web; known are website"),
    ([{"npi": "1", "mailingAddress": {"zip": "1"}}], r"Row 1 has the unknown field mailingAddress.zip"),
)


async def test_a_file_that_cannot_be_read_is_refused_before_anything_is_done(desk: Desk) -> None:
    for rows, message in UNREADABLE:
        error = await desk.refused("Companies", rows, onError="REJECT_FAILED")
        assert error["code"] == "BAD_USER_INPUT"
        assert re.search(message, error["message"]), error
    for line in (b'{"npi": "1", "npi": "2"}', b'{"npi": "1"'):
        assert "Row 1" in (await desk.refused("Companies", line, format="NDJSON"))["message"]


async def test_a_file_of_too_many_rows_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_ROWS", 3)
    assert fates(await desk.imported("Companies", companies(range(3)))) == ["CREATED"] * 3
    assert "more than 3 rows" in (await desk.refused("Companies", companies(range(4, 8))))["message"]


async def test_an_upload_that_is_not_there_is_told(desk: Desk) -> None:
    for upload in ("upload:00000000-0000-4000-8000-000000000001", "nonsense"):
        answer = await desk.mutate(IMPORT % "Companies", {"input": {"upload": upload}}, ADMIN)
        [problem] = answer["data"]["done"]["userErrors"]
        assert problem["field"] == ["input", "upload"]
        assert answer["data"]["done"]["job"] is None


async def test_whoever_goes_on_does_nothing_twice(desk: Desk, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, record, count = await desk.cursor(), Import._record, 0

    async def record_and_be_lost(self: Import, *given: Any) -> None:
        nonlocal count
        await record(self, *given)
        count += 1
        if count % 2 == 0:
            raise DatabaseUnavailableError("lost")

    monkeypatch.setattr(Import, "_record", record_and_be_lost)
    rows = [*companies(range(4 * small)), {"npi": npi_of(0), "name": "Again"}]
    id_ = await desk.ask("Companies", rows, onError="REJECT_FAILED")
    attempts = 0
    while (await desk.seen(id_))["state"] != "SUCCEEDED":
        assert await desk.worker.try_next()
        attempts += 1
        job = await desk.seen(id_)
        assert job["done"] == min(attempts * small, len(rows))
    assert attempts == 5
    found = await desk.outcomes(id_)
    assert [each["row"] for each in found] == list(range(1, len(rows) + 1))
    assert fates(found) == [*["CREATED"] * (4 * small), "FAILED"]
    npis = [each["npi"] for each in await desk.changes(before)]
    assert npis == [each["npi"] for each in rows[:-1]]


async def test_whoever_has_lost_the_lease_writes_nothing(
    desk: Desk, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, before = job_parts.add, await desk.cursor()

    async def add_late(*given: Any) -> None:
        async with desk.database.transaction() as transaction:
            await transaction.read(jobs._RELEASE, {"id": given[1], "holder": given[2], "begun": 0})
        assert await jobs.take(desk.database, "another", KINDS, 30) is not None
        with pytest.raises(LeaseLostError):
            await add(*given)
        raise LeaseLostError

    monkeypatch.setattr(job_parts, "add", add_late)
    id_ = await desk.ask("Companies", companies(range(small)))
    assert await desk.worker.try_next()
    assert ((await desk.seen(id_))["state"], await desk.cursor()) == ("RUNNING", before)


async def test_an_import_that_is_canceled_tells_how_many_rows_are_written(
    desk: Desk, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    do, count = Import._do, 0
    cancel = "mutation($id: ID!) { cancelJob(input: {id: $id}) { userErrors { code } } }"

    async def cancel_and_do(self: Import, *given: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            assert (await desk.mutate(cancel, {"id": id_}, ADMIN))["data"]["cancelJob"]["userErrors"] == []
        return await do(self, *given)

    monkeypatch.setattr(Import, "_do", cancel_and_do)
    id_ = await desk.ask("Companies", companies(range(4 * small)), onError="REJECT_FAILED")
    assert await desk.worker.try_next()
    job = await desk.seen(id_)
    assert (job["state"], job["done"], job["file"]) == ("CANCELED", 2 * small, None)
    there = [await desk.company(npi_of(number)) is not None for number in range(4 * small)]
    assert there == [*[True] * (2 * small), *[False] * (2 * small)]


async def test_a_revoked_token_ends_its_import(desk: Desk, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = Viewer("chief", frozenset({"ADMIN"}), issuer="https://issuer.example", jti="one of many")
    record, count = Import._record, 0

    async def record_and_revoke(self: Import, *given: Any) -> None:
        nonlocal count
        count += 1
        if count == 2:
            end = self._work.database
            await revocations.revoke(end, viewer.issuer, "another", LONG_AGO)
            await revocations.revoke(end, viewer.issuer, "one of many", LONG_AGO)
            await revocations.revoke(end, viewer.issuer, "another", LONG_AGO)
        await record(self, *given)

    monkeypatch.setattr(Import, "_record", record_and_revoke)
    id_ = await desk.ask("Companies", companies(range(3 * small)), viewer, onError="REJECT_FAILED")
    assert await desk.worker.try_next()
    job = await desk.seen(id_, viewer)
    assert (job["state"], job["error"]["code"], job["done"]) == ("FAILED", "UNAUTHENTICATED", small)
    there = [await desk.company(npi_of(number)) is not None for number in range(3 * small)]
    assert there == [*[True] * small, *[False] * (2 * small)]
    tried = await desk.ask("Companies", companies(range(3 * small)), viewer, validateOnly=True)
    assert await desk.worker.try_next()
    assert (await desk.seen(tried, viewer))["error"]["code"] == "UNAUTHENTICATED"


async def test_what_turns_bad_between_check_and_writing_ends_an_import_of_all_or_nothing(
    desk: Desk, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Import._write

    async def write_late(self: Import, *given: Any) -> Any:
        await done(desk.mutate, "createCompanies", companies(range(small, small + 1)))
        return await write(self, *given)

    monkeypatch.setattr(Import, "_write", write_late)
    found = await desk.imported("Companies", companies(range(3 * small)), operation="CREATE")
    assert fates(found) == [*["CREATED"] * small, "FAILED", *["NOT_DONE"] * (2 * small - 1)]
    there = [await desk.company(npi_of(number)) is not None for number in range(3 * small)]
    assert there == [*[True] * (small + 1), *[False] * (2 * small - 1)]


async def test_a_batch_that_somebody_holds_up_is_tried_again(
    desk: Desk, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    do, count = Import._do, 0

    async def do_late(self: Import, *given: Any) -> Any:
        nonlocal count
        count += 1
        if count != 3:
            raise LockedError("held")
        return await do(self, *given)

    monkeypatch.setattr(Import, "_do", do_late)
    assert fates(await desk.imported("Companies", companies(range(small)))) == ["CREATED"] * small
    assert (await desk.refused("Companies", companies(range(10, 12))))["code"] == "SERVICE_UNAVAILABLE"


async def test_a_batch_takes_as_many_statements_as_a_row(desk: Desk, run_statements: list[Read]) -> None:
    counts = []
    for numbers in (range(1), range(1, 200)):
        id_ = await desk.ask(
            "Companies", [*companies(numbers, website="x.example"), {"npi": BY_HAND, "phone": None}]
        )
        run_statements.clear()
        assert await desk.worker.try_next()
        counts.append(len(run_statements))
        assert set(fates(await desk.outcomes(id_))) <= {"CREATED", "UPDATED", "UNCHANGED"}
    assert counts[0] == counts[1] < 25


async def test_the_parts_of_a_job_go_when_it_has_ended(desk: Desk) -> None:
    id_ = await desk.ask("Companies", companies(range(2)))
    assert await desk.worker.try_next()
    uuid = UUID(id_.removeprefix("job:"))
    assert (await job_parts.progress(desk.database, uuid)).rows == 2
    await jobs.forget_old(desk.database)
    assert (await job_parts.progress(desk.database, uuid)).rows == 0
    assert len(await desk.outcomes(id_)) == 2


async def test_who_may_change_companies_may_import(desk: Desk) -> None:
    for role, is_open in (("VIEWER", False), ("PARTNER", False), ("EDITOR", True), ("ADMIN", True)):
        viewer = Viewer("somebody", frozenset({role}))
        for verb, _ in VERBS:
            query = f'mutation {{ {verb}(input: {{upload: "none"}}) {{ userErrors {{ code }} }} }}'
            errors = (await desk.mutate(query, viewer=viewer)).get("errors", ())
            assert [each["extensions"]["code"] for each in errors] == ([] if is_open else ["FORBIDDEN"])
