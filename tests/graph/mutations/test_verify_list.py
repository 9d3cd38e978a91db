"""Uploads and verifyList: sent by their owners, taken by jobs, and verified as the command does."""

import asyncio
import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from db import uploads
from db.edits import uploads as made_uploads
from db.engine import Database, connection_to
from db.uploads import Received
from graph.execution.run import Runner
from graph.files import Files
from graph.identity.viewer import ANONYMOUS, Role, Viewer
from graph.jobs import verify_list as verifying
from graph.jobs.worker import Worker
from graph.mutations import create_upload
from graph.rosters import verdicts
from graph.upkeep import remove_uploads
from tests.conftest import copied, renamed
from tests.graph.mutations.conftest import HOLZER, OBRIEN, Mutate
from tests.graph.mutations.test_jobs import ADMIN, JOB, NAMESAKE, OTHER, PARTNER, seen

CREATE = (
    "mutation { made: createUpload { upload { id url maxBytes expiresAt } userErrors { code message field } } }"
)
VERIFY = f"""
    mutation($input: VerifyListInput!, $only: Boolean = false) {{
      done: verifyList(input: $input, validateOnly: $only) {{
        job {{ {JOB} }} userErrors {{ code message field }}
      }}
    }}
"""
# Of an upload with an id.
VERBS = (("createUpload", ""), ("verifyList", '(input: {{upload: "{id}"}})'))
NOBODYS = "upload:00000000-0000-4000-8000-000000000000"
MISTYPED = OBRIEN[:-1] + "0"
CLOSED = "2999999917"


@pytest.fixture(scope="module")
async def sample_copy(postgresql_url: str, directory_url: str) -> str:
    """The URL of a directory of these tests, which only send and verify lists there."""
    await copied(directory_url, "spare", "lists")
    return renamed(postgresql_url, "lists")


@pytest.fixture(autouse=True)
async def _nothing_is_sent(sample_copy: str) -> None:
    async with connection_to(sample_copy) as connection:
        await connection.execute("DELETE FROM uploads; DELETE FROM jobs; DELETE FROM idempotency_keys")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder for the files of jobs."""
    return Files(tmp_path / "files")


@pytest.fixture
def worker(written: Database, runner: Runner, files: Files) -> Worker:
    """Somebody who does jobs."""
    return Worker(written, runner, files, "somebody")


async def created(mutate: Mutate, viewer: Viewer = PARTNER) -> Any:
    """A new upload."""
    answer = await mutate(CREATE, None, viewer)
    assert answer["data"]["made"]["userErrors"] == []
    return answer["data"]["made"]["upload"]


async def sent(mutate: Mutate, written: Database, files: Files, content: bytes, viewer: Viewer = PARTNER) -> str:
    """The id of an upload to which something was sent."""
    upload = await created(mutate, viewer)
    with files.receiving() as file:
        file.write(content)
    received = Received(file.name, file.bytes, file.sha256)
    assert await uploads.receive(written, UUID(upload["id"].removeprefix("upload:")), received) == []
    return str(upload["id"])


async def verified(mutate: Mutate, worker: Worker, upload: str, **given: Any) -> Any:
    """The job that has verified an upload."""
    answer = await mutate(VERIFY, {"input": {"upload": upload, **given}}, PARTNER)
    assert answer["data"]["done"]["userErrors"] == [], answer
    assert await worker.try_next()
    return await seen(mutate, answer["data"]["done"]["job"]["id"])


def rows_of(files: Files, job: Any) -> Sequence[dict[str, str]]:
    """The rows of a job's file."""
    assert job["state"] == "SUCCEEDED", job
    content = gzip.decompress(files.path_of(job["file"]["name"]).read_bytes())
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


async def problem_of(mutate: Mutate, given: Any, viewer: Viewer = PARTNER) -> Any:
    """The only problem of an input."""
    answer = await mutate(VERIFY, {"input": given}, viewer)
    assert answer["data"]["done"]["job"] is None
    [problem] = answer["data"]["done"]["userErrors"]
    return problem


async def test_a_list_is_verified_row_by_row(
    mutate: Mutate, written: Database, worker: Worker, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "BATCH", 2)
    numbers = [OBRIEN, CLOSED, "1234567893", MISTYPED, "12", f" {HOLZER} "]
    content = "".join(f'{number},"a, ""b"""\n' for number in numbers) + "1,2,3\n"
    upload = await sent(mutate, written, files, gzip.compress(content.encode()))
    cursor = (await mutate("{ dataset { cursor } }", viewer=PARTNER))["data"]["dataset"]["cursor"]
    job = await verified(mutate, worker, upload)
    rows = rows_of(files, job)
    assert (job["kind"], job["done"], job["total"], job["file"]["rows"]) == ("VERIFY_LIST", 7, 7, 7)
    assert job["file"]["cursor"] == cursor
    assert job["file"]["name"].startswith("verified-")
    assert [(row["npi"], row["npi_result"]) for row in rows] == [
        (OBRIEN, "ACTIVE"), (CLOSED, "DEACTIVATED"), ("1234567893", "NOT_FOUND"),
        (MISTYPED, "INVALID_CHECK_DIGIT"), ("12", "INVALID_FORMAT"), (f" {HOLZER} ", "ACTIVE"),
        ("1,2,3", "UNREADABLE"),
    ]  # fmt: skip
    assert {row["column_2"] for row in rows[:6]} == {'a, "b"'}
    assert rows[3]["npi_did_you_mean"] == OBRIEN
    assert rows[1]["npi_replacement"] == OBRIEN


async def test_one_file_is_verified_by_either_of_its_columns(
    mutate: Mutate, written: Database, worker: Worker, files: Files
) -> None:
    upload = await sent(mutate, written, files, f"Billing NPI,Rendering NPI\n{OBRIEN},{MISTYPED}\n".encode())
    for column, result in (("billing npi", "ACTIVE"), ("2", "INVALID_CHECK_DIGIT")):
        [row] = rows_of(files, await verified(mutate, worker, upload, column=column))
        assert row["npi_result"] == result


async def test_nothing_but_a_header_is_a_list_of_none(
    mutate: Mutate, written: Database, worker: Worker, files: Files
) -> None:
    job = await verified(mutate, worker, await sent(mutate, written, files, b"NPI\n"))
    assert (list(rows_of(files, job)), job["file"]["rows"]) == ([], 0)


# By how many rows are taken.
BAD = {
    (
        b"name,city\nAcme,Austin\n",
        9,
    ): "None of its columns has NPIs in it (name, city); say which column is meant",
    (b"PK\x03\x04 and so on", 9): "It is a workbook",
    (b"\n", 9): "It is empty.",
    (f"Our roster\nNPI,name\n{OBRIEN},A\n".encode(), 9): "None of its rows has a number of ten digits in column 1",
    (f"NPI\n{OBRIEN}\n{OBRIEN}\n{OBRIEN}\n".encode(), 2): "It has more than 2 rows.",
    (gzip.compress(b"NPI\n")[:-3], 9): "its gzip is damaged, or ends early",
    (gzip.compress(f"{OBRIEN}\n".encode() * 100_000), 1_000_000): "more than 1,000,000 bytes, unpacked",
}


async def test_a_bad_file_is_one_error_that_the_job_tells(
    mutate: Mutate, written: Database, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(tmp_path / "files", 1_000_000)
    worker = Worker(written, runner, files, "somebody")
    for (content, rows), told in BAD.items():
        monkeypatch.setattr(verifying, "MOST_ROWS", rows)
        job = await verified(mutate, worker, await sent(mutate, written, files, content))
        assert (job["state"], job["error"]["code"], job["file"]) == ("FAILED", "BAD_USER_INPUT", None)
        assert told in job["error"]["message"]
    # What was half written is gone.
    assert {each.name.partition("-")[0] for each in (tmp_path / "files").iterdir()} == {"upload"}


async def test_a_file_of_another_machine_is_told(
    mutate: Mutate, written: Database, runner: Runner, files: Files, tmp_path: Path
) -> None:
    upload = await sent(mutate, written, files, OBRIEN.encode())
    job = await verified(mutate, Worker(written, runner, Files(tmp_path / "other"), "somebody"), upload)
    assert (job["state"], job["error"]["code"]) == ("FAILED", "NOT_FOUND")
    assert "FILES_DIR" in job["error"]["message"]


async def test_what_cannot_be_verified_is_told_at_once(mutate: Mutate, written: Database, files: Files) -> None:
    for upload, code in (
        (NOBODYS, "NOT_FOUND"),
        ("job:1", "INVALID"),
        ((await created(mutate))["id"], "INVALID"),
    ):
        problem = await problem_of(mutate, {"upload": upload})
        assert (problem["code"], problem["field"]) == (code, ["input", "upload"])
    assert (await problem_of(mutate, {"upload": "job:1"}))["message"] == "This is not the id of an upload."
    upload = await sent(mutate, written, files, OBRIEN.encode())
    problem = await problem_of(mutate, {"upload": upload, "column": "x" * 201})
    assert (problem["code"], problem["field"]) == ("TOO_LONG", ["input", "column"])
    for viewer in (OTHER, NAMESAKE, ADMIN):
        assert (await problem_of(mutate, {"upload": upload}, viewer))["code"] == "NOT_FOUND"


async def test_only_trying_takes_nothing(mutate: Mutate, written: Database, files: Files) -> None:
    upload = await sent(mutate, written, files, OBRIEN.encode())
    answer = await mutate(VERIFY, {"input": {"upload": upload}, "only": True}, PARTNER)
    assert answer["data"]["done"] == {"job": None, "userErrors": []}
    id_ = UUID(upload.removeprefix("upload:"))
    link = await uploads.link_of(written, id_)
    assert link is not None
    assert not link["is_taken"]


async def test_roles_open_what_they_are_to(mutate: Mutate) -> None:
    opens = {"createUpload": {"PARTNER", "EDITOR", "ADMIN"}, "verifyList": {"PARTNER", "ADMIN"}}
    for role in (None, *(role.name for role in Role)):
        viewer = Viewer("somebody", frozenset({role})) if role else ANONYMOUS
        for verb, given in VERBS:
            query = f"mutation {{ {verb}{given.format(id=NOBODYS)} {{ userErrors {{ code }} }} }}"
            answer = await mutate(query, viewer=viewer)
            codes = [each["extensions"]["code"] for each in answer.get("errors", ())]
            assert codes == ([] if role in opens[verb] else ["FORBIDDEN"])


async def test_few_uploads_wait_for_their_files_at_a_time(
    mutate: Mutate, written: Database, files: Files, sample_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create_upload, "MAX_WAITING", 2)
    await sent(mutate, written, files, b"1")
    await created(mutate)
    await created(mutate)
    await created(mutate, OTHER)
    refused = (await mutate(CREATE, None, PARTNER))["data"]["made"]
    assert refused["upload"] is None
    assert [each["code"] for each in refused["userErrors"]] == ["TOO_MANY"]
    async with connection_to(sample_copy) as connection:
        await connection.execute("UPDATE uploads SET created_at = created_at - interval '1 hour'")
    await created(mutate)


async def test_a_request_that_is_sent_again_makes_no_second_upload(mutate: Mutate) -> None:
    first, again, another = [await mutate(CREATE, None, PARTNER, key) for key in ("a", "a", "b")]
    assert first["data"] == again["data"] != another["data"]


async def test_old_uploads_go_with_their_files_unless_a_job_needs_them(
    mutate: Mutate, written: Database, files: Files, worker: Worker, sample_copy: str, tmp_path: Path
) -> None:
    for age, content in ((4, b"old"), (4, OBRIEN.encode()), (2, b"new")):
        upload = await sent(mutate, written, files, content)
        async with connection_to(sample_copy) as connection:
            await connection.execute(
                "UPDATE uploads SET created_at = now() - make_interval(days => $1) WHERE 'upload:' || id = $2",
                age,
                upload,
            )
        if content == OBRIEN.encode():
            await mutate(VERIFY, {"input": {"upload": upload}}, PARTNER)
    await remove_uploads(written, files)
    assert {each.read_bytes() for each in (tmp_path / "files").iterdir()} == {OBRIEN.encode(), b"new"}
    assert await worker.try_next()
    await remove_uploads(written, files)
    left = [each.read_bytes() for each in (tmp_path / "files").iterdir() if each.name.startswith("upload-")]
    assert left == [b"new"]


async def test_an_upload_that_a_job_is_just_taking_is_not_removed(
    mutate: Mutate, written: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, other = [UUID((await sent(mutate, written, files, b"1")).removeprefix("upload:")) for _ in range(2)]
    monkeypatch.setattr(uploads, "KEPT_DAYS", 0)
    monkeypatch.setattr(uploads, "MOST_FILES", 0)
    async with written.transaction() as transaction:
        await made_uploads.take(transaction, taken)
        async with asyncio.timeout(2):
            assert await uploads.receive(written, other, Received("newer", 1, "")) is not None
            assert "newer" in await uploads.forget_old(written)
    assert await uploads.link_of(written, taken) is not None
    assert await uploads.link_of(written, other) is None


async def test_a_new_file_loses_against_a_job_that_takes_the_upload_meanwhile(
    mutate: Mutate, written: Database, files: Files
) -> None:
    upload = UUID((await sent(mutate, written, files, b"1")).removeprefix("upload:"))
    async with written.transaction() as transaction:
        await made_uploads.take(transaction, upload)
    assert await uploads.receive(written, upload, Received("late", 1, "")) is None
    assert await uploads.receive(written, UUID(int=0), Received("late", 1, "")) is None
