"""Jobs: created, seen and canceled by their owners alone, run by who has the lease, within limits."""

import asyncio
import contextlib
import gzip
import hashlib
import itertools
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from prometheus_client import REGISTRY

from db import jobs
from db.engine import Database, connection_to
from db.failures import LockedError
from db.jobs import MOST_ATTEMPTS, Outcome
from graph.condition import Health, healthy
from graph.errors import BadUserInputError
from graph.execution.run import Runner
from graph.files import Files
from graph.identity.viewer import ANONYMOUS, Role, Viewer
from graph.jobs import status
from graph.jobs import worker as worker_module
from graph.jobs.kinds import KINDS
from graph.jobs.supervisor import Supervisor
from graph.jobs.work import Work
from graph.jobs.worker import Worker
from graph.telemetry.metrics import JOB_OUTCOMES
from graph.types.job import MAX_UNFINISHED
from tests.graph.mutations.conftest import Mutate

PARTNER = Viewer("partner one", frozenset({"PARTNER"}))
OTHER = Viewer("partner two", frozenset({"PARTNER"}))
# The same subject by another issuer's word.
NAMESAKE = Viewer("partner one", frozenset({"PARTNER"}), issuer="https://other.example")
ADMIN = Viewer("chief", frozenset({"ADMIN"}))

JOB = """
    id kind state done total error { code message } file { name rows bytes sha256 cursor url expiresAt }
    createdAt startedAt finishedAt
"""
EXPORT = f"""
    mutation($input: ExportCompaniesInput!, $only: Boolean = false) {{
      done: exportCompanies(input: $input, validateOnly: $only) {{
        job {{ {JOB} }} userErrors {{ code message field }}
      }}
    }}
"""
CANCEL = """
    mutation($input: CancelJobInput!) {
      done: cancelJob(input: $input) { job { state finishedAt } userErrors { code message field } }
    }
"""
READ = f"query($id: ID!) {{ job(id: $id) {{ {JOB} }} }}"
# Of a job with an id.
VERBS = (("exportCompanies", '{{fields: "npi"}}'), ("cancelJob", '{{id: "{id}"}}'))
ALL = "{ companies(first: 200, orderBy: [{field: NPI}]) { nodes { npi } pageInfo { hasNextPage } } }"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder for the files of jobs."""
    return Files(tmp_path / "files")


@pytest.fixture
def worker(written: Database, runner: Runner, files: Files) -> Worker:
    """Somebody who does jobs."""
    return Worker(written, runner, files, "somebody")


async def asked(mutate: Mutate, viewer: Viewer = PARTNER, **given: Any) -> Any:
    """Ask for an export; its job."""
    answer = await mutate(EXPORT, {"input": {"fields": "npi name", **given}}, viewer)
    assert "errors" not in answer, answer
    assert answer["data"]["done"]["userErrors"] == []
    return answer["data"]["done"]["job"]


async def seen(mutate: Mutate, id_: str, viewer: Viewer = PARTNER) -> Any:
    return (await mutate(READ, {"id": id_}, viewer))["data"]["job"]


async def refused(mutate: Mutate, query: str, given: Any, viewer: Viewer = PARTNER) -> Any:
    """The only problem of an input."""
    answer = await mutate(query, {"input": given}, viewer)
    assert "errors" not in answer, answer
    assert answer["data"]["done"]["job"] is None
    [problem] = answer["data"]["done"]["userErrors"]
    return problem


async def test_a_job_is_asked_for_done_and_read(mutate: Mutate, worker: Worker, files: Files) -> None:
    job = await asked(mutate)
    assert (job["kind"], job["state"], job["done"], job["total"]) == ("EXPORT_COMPANIES", "QUEUED", 0, None)
    assert (job["file"], job["error"], job["startedAt"], job["finishedAt"]) == (None, None, None, None)
    assert await worker.try_next()
    assert not await worker.try_next()
    found = await seen(mutate, job["id"])
    content = files.path_of(found["file"]["name"]).read_bytes()
    npis = [orjson.loads(line)["npi"] for line in gzip.decompress(content).splitlines()]
    assert (found["state"], found["error"]) == ("SUCCEEDED", None)
    assert found["done"] == found["total"] == found["file"]["rows"] == len(npis) > 300
    assert npis == sorted(set(npis))
    assert found["file"]["bytes"] == len(content)
    assert found["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    listed = await mutate("{ jobs { nodes { id } pageInfo { hasNextPage } } }", None, PARTNER)
    assert listed["data"]["jobs"] == {"nodes": [{"id": job["id"]}], "pageInfo": {"hasNextPage": False}}


async def test_the_newest_comes_first_page_by_page(mutate: Mutate) -> None:
    made = [(await asked(mutate))["id"] for _ in range(3)]
    query = "query($after: String) { jobs(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }"
    first = (await mutate(query, {}, PARTNER))["data"]["jobs"]
    rest = (await mutate(query, {"after": first["pageInfo"]["endCursor"]}, PARTNER))["data"]["jobs"]
    assert [each["id"] for each in (*first["nodes"], *rest["nodes"])] == made[::-1]


@pytest.mark.parametrize("viewer", [OTHER, NAMESAKE, ADMIN], ids=["another", "a namesake", "an administrator"])
async def test_a_job_is_its_owners(mutate: Mutate, viewer: Viewer) -> None:
    id_ = (await asked(mutate))["id"]
    answer = await mutate(READ, {"id": id_}, viewer)
    assert (answer["data"]["job"], answer["errors"][0]["extensions"]["code"]) == (None, "NOT_FOUND")
    assert (await mutate("{ jobs { nodes { id } } }", None, viewer))["data"]["jobs"]["nodes"] == []
    assert (await refused(mutate, CANCEL, {"id": id_}, viewer))["code"] == "NOT_FOUND"
    assert (await seen(mutate, id_))["state"] == "QUEUED"


@pytest.mark.parametrize("role", [None, *(role.name for role in Role)])
async def test_roles_open_what_they_are_to(mutate: Mutate, role: str | None) -> None:
    viewer = Viewer("somebody", frozenset({role})) if role else ANONYMOUS
    opens = {"exportCompanies": {"PARTNER", "ADMIN"}, "cancelJob": {"PARTNER", "EDITOR", "ADMIN"}}
    for verb, given in VERBS:
        id_ = "job:00000000-0000-4000-8000-000000000000"
        query = f"mutation {{ {verb}(input: {given.format(id=id_)}) {{ userErrors {{ code }} }} }}"
        codes = [each["extensions"]["code"] for each in (await mutate(query, viewer=viewer)).get("errors", ())]
        assert codes == ([] if role in opens[verb] else ["FORBIDDEN"])
    errors = (await mutate("{ jobs { nodes { id } } }", viewer=viewer)).get("errors", ())
    assert bool(errors) == (role not in opens["cancelJob"])


async def test_one_owner_has_a_few_at_a_time(mutate: Mutate, worker: Worker) -> None:
    made = [(await asked(mutate))["id"] for _ in range(MAX_UNFINISHED)]
    problem = await refused(mutate, EXPORT, {"fields": "npi"})
    assert (problem["code"], problem["field"]) == ("TOO_MANY", ["input"])
    await asked(mutate, OTHER)
    await mutate(CANCEL, {"input": {"id": made[0]}}, PARTNER)
    await asked(mutate)
    assert await worker.try_next()


async def test_asking_at_once_gets_no_more(mutate: Mutate) -> None:
    given = {"input": {"fields": "npi"}}
    answers = await asyncio.gather(*(mutate(EXPORT, given, PARTNER) for _ in range(MAX_UNFINISHED + 3)))
    assert sum(answer["data"]["done"]["job"] is not None for answer in answers) == MAX_UNFINISHED


async def test_only_trying_makes_none(mutate: Mutate) -> None:
    answer = await mutate(EXPORT, {"input": {"fields": "npi"}, "only": True}, PARTNER)
    assert answer["data"]["done"] == {"job": None, "userErrors": []}
    assert (await mutate("{ jobs { nodes { id } } }", None, PARTNER))["data"]["jobs"]["nodes"] == []


async def test_a_job_is_called_off_before_it_begins(mutate: Mutate, worker: Worker) -> None:
    id_ = (await asked(mutate))["id"]
    done = (await mutate(CANCEL, {"input": {"id": id_}}, PARTNER))["data"]["done"]
    assert (done["job"]["state"], done["userErrors"]) == ("CANCELED", [])
    assert not await worker.try_next()
    problem = await refused(mutate, CANCEL, {"id": id_})
    assert (problem["code"], problem["message"]) == ("INVALID", "The job has already ended: CANCELED.")
    assert (await refused(mutate, CANCEL, {"id": "company:1"}))["code"] == "INVALID"


@contextlib.contextmanager
def doing(monkeypatch: pytest.MonkeyPatch, kind: Callable[[Work], Awaitable[Outcome]]) -> Any:
    """Have exports do something else."""
    with monkeypatch.context() as patched:
        patched.setattr(worker_module, "KINDS", {"EXPORT_COMPANIES": kind})
        patched.setattr(worker_module, "RENEWAL", 0.01)
        yield


async def until_it_tells(mutate: Mutate, id_: str, done: int) -> None:
    """Wait until a job is known to be so far."""
    for _ in range(1_000):
        if (await seen(mutate, id_))["done"] == done:
            return
        await asyncio.sleep(0.01)


async def test_a_job_is_called_off_while_it_is_done(
    mutate: Mutate, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def endless(work: Work) -> Outcome:
        work.done, work.total = 5, 10
        begun.set()
        return await asyncio.Future[Outcome]()

    id_ = (await asked(mutate))["id"]
    with doing(monkeypatch, endless):
        working = asyncio.create_task(worker.try_next())
        await begun.wait()
        await until_it_tells(mutate, id_, 5)
        assert (await seen(mutate, id_))["state"] == "RUNNING"
        await mutate(CANCEL, {"input": {"id": id_}}, PARTNER)
        assert await asyncio.wait_for(working, 10)
    found = await seen(mutate, id_)
    assert (found["state"], found["done"], found["total"]) == ("CANCELED", 5, 10)


async def test_a_job_is_held_on_to_though_somebody_is_in_the_way_for_once(
    mutate: Mutate, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, tries = jobs.renew, itertools.count()

    async def renew_later(*given: Any) -> bool:
        if not next(tries):
            raise LockedError("its owner looks whether to call it off")
        return await renew(*given)

    async def endless(work: Work) -> Outcome:
        work.done = 5
        return await asyncio.Future[Outcome]()

    id_ = (await asked(mutate))["id"]
    with doing(monkeypatch, endless):
        monkeypatch.setattr(jobs, "renew", renew_later)
        working = asyncio.create_task(worker.try_next())
        await until_it_tells(mutate, id_, 5)
        working.cancel()
        await asyncio.wait([working])
    assert (await seen(mutate, id_))["done"] == 5


async def test_a_process_that_ends_leaves_its_job_to_others(
    mutate: Mutate, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def endless(_: Work) -> Outcome:
        begun.set()
        return await asyncio.Future[Outcome]()

    id_ = (await asked(mutate))["id"]
    with doing(monkeypatch, endless):
        working = asyncio.create_task(worker.run())
        await begun.wait()
        working.cancel()
        await asyncio.wait([working])
    assert (await seen(mutate, id_))["state"] == "QUEUED"
    assert await worker.try_next()
    assert (await seen(mutate, id_))["state"] == "SUCCEEDED"


async def test_a_killed_process_loses_its_job_when_its_time_is_over(
    mutate: Mutate, worker: Worker, written: Database
) -> None:
    id_ = (await asked(mutate))["id"]
    job = await jobs.take(written, "killed", KINDS, 60)
    assert job is not None
    assert not await jobs.has_waiting(written, KINDS)
    assert not await worker.try_next()
    assert await jobs.renew(written, job["id"], "killed", -1, 7, None)
    assert await worker.try_next()
    assert not await jobs.succeed(written, job["id"], "killed", Outcome("late", 1, 1, ""))
    assert (await seen(mutate, id_))["state"] == "SUCCEEDED"


async def test_a_job_that_kills_whoever_does_it_is_given_up(mutate: Mutate, written: Database) -> None:
    id_ = (await asked(mutate))["id"]
    for number in range(MOST_ATTEMPTS):
        assert await jobs.take(written, f"killed {number}", KINDS, -1) is not None
    assert await jobs.take(written, "next", KINDS, 60) is None
    found = await seen(mutate, id_)
    assert (found["state"], found["error"]["code"]) == ("FAILED", "ABANDONED")


async def test_whose_jobs_nobody_does_comes_first(mutate: Mutate, written: Database) -> None:
    mine = [(await asked(mutate))["id"] for _ in range(2)]
    theirs = (await asked(mutate, OTHER))["id"]
    taken = [await jobs.take(written, f"{number}", KINDS, 60) for number in range(3)]
    assert [f"job:{each['id']}" for each in taken if each] == [mine[0], theirs, mine[1]]


async def test_a_job_of_a_kind_that_is_unknown_here_is_left_to_newer_processes(
    mutate: Mutate, worker: Worker, written: Database, sample_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, known = [(await asked(mutate))["id"] for _ in range(2)]
    async with connection_to(sample_copy) as connection:
        await connection.execute("UPDATE jobs SET kind = 'OF_TOMORROW' WHERE id = $1", newer.removeprefix("job:"))
    await have_done(Supervisor(written, {}), worker, written, monkeypatch)
    assert (await seen(mutate, known))["state"] == "SUCCEEDED"
    assert not await worker.try_next()
    assert not await jobs.has_waiting(written, KINDS)
    job = await jobs.take(written, "newer", ["OF_TOMORROW"], 60)
    assert job is not None
    assert f"job:{job['id']}" == newer


async def test_a_check_warns_of_jobs_that_nobody_does(mutate: Mutate, written: Database, sample_copy: str) -> None:
    assert await status.check(written) == healthy("0 under way, 0 waiting")
    await asked(mutate)
    await asked(mutate)
    assert await status.check(written) == healthy("0 under way, 2 waiting")
    async with connection_to(sample_copy) as connection:
        await connection.execute(
            "UPDATE jobs SET created_at = created_at - interval '90 s' WHERE finished_at IS NULL"
        )
    told = await status.check(written)
    assert told.health is Health.DEGRADED
    assert re.fullmatch(r"0 under way, 2 waiting, the first for 9\d s \(no process does them\)", told.detail or "")
    await jobs.take(written, "somebody", KINDS, 60)
    assert await status.check(written) == healthy("1 under way, 1 waiting")


async def test_metrics_show_the_status_of_jobs_and_how_they_ended(
    mutate: Mutate, written: Database, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, {"kind": "EXPORT_COMPANIES", **labels}) or 0

    def ended() -> list[float]:
        return [counted("jobs_ended_total", outcome=each) for each in JOB_OUTCOMES]

    async def refuse(_: Work) -> Outcome:
        raise BadUserInputError("This can't be.")

    supervisor = Supervisor(written, {})
    before, seconds = ended(), counted("job_duration_seconds_count")
    for number, kind in enumerate((None, refuse)):
        await asked(mutate)
        await asked(mutate)
        status.show(await jobs.status(written))
        assert [counted("jobs", state=each) for each in ("running", "waiting")] == [0, 2 + number]
        with doing(monkeypatch, kind or KINDS["EXPORT_COMPANIES"]):
            await have_done(supervisor, worker, written, monkeypatch)
    await jobs.take(written, "somebody", KINDS, 60)
    status.show(await jobs.status(written))
    assert [counted("jobs", state=each) for each in ("running", "waiting")] == [1, 1]
    assert (REGISTRY.get_sample_value("jobs_wait_seconds") or 0) > 0
    # Its process is gone.
    await have_done(supervisor, None, written, monkeypatch)
    assert [now - then for now, then in zip(ended(), before, strict=True)] == [1, 1, 0, 1]
    assert counted("job_duration_seconds_count") == seconds + 2


async def have_done(
    supervisor: Supervisor, worker: Worker | None, written: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have the next job done, by a worker in place of a process, or by nobody."""

    async def do(id_: UUID) -> None:
        job = await jobs.taken(written, id_, supervisor._holder)
        assert job is not None
        if worker is not None:
            monkeypatch.setattr(worker, "_holder", supervisor._holder)
            await worker.do(job)

    monkeypatch.setattr(supervisor, "_do", do)
    assert await supervisor._try_next()


async def test_why_a_job_failed_is_told_and_a_fault_of_ours_hidden(
    mutate: Mutate, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(_: Work) -> Outcome:
        raise BadUserInputError("This can't be.")

    async def break_(_: Work) -> Outcome:
        raise RuntimeError("secret")

    told = []
    for kind in (refuse, break_):
        id_ = (await asked(mutate))["id"]
        with doing(monkeypatch, kind):
            await worker.try_next()
        told.append((await seen(mutate, id_))["error"])
    assert told[0] == {"code": "BAD_USER_INPUT", "message": "This can't be."}
    assert told[1]["code"] == "INTERNAL_SERVER_ERROR"
    assert "secret" not in told[1]["message"]
    assert "RuntimeError: secret" in caplog.text
    assert told[1]["message"].rpartition(" ")[2].rstrip(".") in caplog.text


async def test_old_jobs_are_forgotten(mutate: Mutate, worker: Worker, written: Database, sample_copy: str) -> None:
    old, new = (await asked(mutate))["id"], (await asked(mutate))["id"]
    await worker.try_next()
    await worker.try_next()
    async with connection_to(sample_copy) as connection:
        day = "UPDATE jobs SET finished_at = finished_at - interval '7 days' WHERE 'job:' || id = $1"
        await connection.execute(day, old)
    await jobs.forget_old(written)
    listed = await mutate("{ jobs { nodes { id } } }", None, PARTNER)
    assert [each["id"] for each in listed["data"]["jobs"]["nodes"]] == [new]


async def test_the_newest_files_of_an_owner_are_kept(
    mutate: Mutate, worker: Worker, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_FILES", 2)
    others = (await asked(mutate, OTHER))["id"]
    await worker.try_next()
    made, names = [], []
    for _ in range(3):
        made.append((await asked(mutate))["id"])
        await worker.try_next()
        names.append((await seen(mutate, made[-1]))["file"]["name"])
    listed = await mutate("{ jobs { nodes { id } } }", None, PARTNER)
    assert [each["id"] for each in listed["data"]["jobs"]["nodes"]] == made[:0:-1]
    assert [files.path_of(each).exists() for each in names] == [False, True, True]
    assert (await seen(mutate, others, OTHER))["state"] == "SUCCEEDED"
