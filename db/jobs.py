"""The statements about jobs: for their owners, and for the processes that do them, one at a time by a lease."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import text

from db.columns import never_null
from db.engine import Database
from db.owned import Owned
from db.pages import SortKey
from db.reads import Reads
from db.statement import compiled
from db.viewer_tables import jobs

# How often a job is started before it counts as failed: each time its process was lost.
MOST_ATTEMPTS = 3

# Days for which a job and its file are kept once it has ended; and the number of files that are kept of one owner,
# since a week of exports could fill a disk.
KEPT_DAYS = 7
MOST_FILES = 20


class Job(asyncpg.Record):
    """A row of jobs, without the columns that are for those who do it."""

    never_null = never_null(jobs)


# The newest first.
OWNED = Owned(
    jobs,
    Job,
    (("CREATED_AT", True), ("ID", True)),
    (SortKey(jobs.c.created_at, datetime, descending=True), SortKey(jobs.c.id, UUID, descending=True)),
    hidden={"roles", "companies", "jti", "arguments", "holder", "held_until", "attempts", "trace"},
)


class TakenJob(asyncpg.Record):
    """A job to do: id, kind, arguments, trace, and for whom: issuer, subject, roles, companies."""


class File(asyncpg.Record):
    """The file of a job that was done: file (its name), key, rows, sha256."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a job: its file's name, rows, bytes and SHA-256 in hexadecimal, and the change it is as of.

    `failed` is the number of rows that couldn't be done, where a job writes rows.
    """

    file: str
    rows: int
    bytes: int
    sha256: str
    cursor: int | None = None
    failed: int | None = None


class Ended(asyncpg.Record):
    """How a job ended: its state, and the seconds since it was first started."""


@dataclass(frozen=True, slots=True)
class Status:
    """How many jobs are being done, how many wait, and seconds that the first of these has waited, or 0."""

    running: int = 0
    waiting: int = 0
    seconds: float = 0.0


async def file_of(database: Reads, id_: UUID) -> File | None:
    """Return the file of a job that was done; None if there is none, or it has been removed."""
    rows = await database.read(_FILE, {"id": id_})
    return rows[0] if rows else None


async def status(database: Reads) -> Mapping[str, Status]:
    """The status of the jobs of each kind that haven't ended, of all owners."""
    rows = await database.read(_STATUS)
    return {row["kind"]: Status(row["running"], row["waiting"], row["seconds"]) for row in rows}


async def has_waiting(database: Reads, kinds: Collection[str]) -> bool:
    """Whether a job of one of these kinds waits to be done."""
    return bool(await database.read(_WAITING, {"kinds": list(kinds)}))


async def take(database: Database, holder: str, kinds: Collection[str], seconds: float) -> TakenJob | None:
    """Take a lease on the next waiting job of one of these kinds for so many seconds; None if none waits.

    Jobs of owners of whom no job is being done come first, then those that have waited longest. A job whose lease
    has ended MOST_ATTEMPTS times counts as failed.
    """
    async with database.transaction() as transaction:
        await transaction.read(_ABANDON, {"most": MOST_ATTEMPTS})
        rows = await transaction.read(_TAKE, {"holder": holder, "kinds": list(kinds), "seconds": seconds})
        return rows[0] if rows else None


async def taken(database: Reads, id_: UUID, holder: str) -> TakenJob | None:
    """Return the job that a holder has taken; None if it has lost it."""
    rows = await database.read(_TAKEN, {"id": id_, "holder": holder})
    return rows[0] if rows else None


async def renew(database: Database, id_: UUID, holder: str, seconds: float, done: int, total: int | None) -> bool:
    """Renew the lease on a job, and record its progress; False if its holder has lost it."""
    values = {"id": id_, "holder": holder, "seconds": seconds, "done": done, "total": total}
    async with database.transaction() as transaction:
        return bool(await transaction.read(_RENEW, values))


async def succeed(database: Database, id_: UUID, holder: str, outcome: Outcome) -> bool:
    """Record that a job is done; False, and nothing is recorded, if its holder has lost it."""
    async with database.transaction() as transaction:
        return bool(await transaction.read(_SUCCEED, {"id": id_, "holder": holder, **asdict(outcome)}))


async def end_of(database: Reads, id_: UUID) -> Ended | None:
    """How a job ended; None if it hasn't, or has been removed."""
    rows = await database.read(_END, {"id": id_})
    return rows[0] if rows else None


async def make_room(database: Database, id_: UUID) -> list[str]:
    """Remove the oldest jobs of a job's owner that have files, except MOST_FILES; the names of their files."""
    async with database.transaction() as transaction:
        rows = await transaction.read(_MAKE_ROOM, {"id": id_, "most": MOST_FILES})
        return [row["file"] for row in rows]


async def fail(database: Database, id_: UUID, holder: str, code: str, message: str) -> None:
    """Record why a job failed, unless its holder has lost it."""
    values = {"id": id_, "holder": holder, "code": code, "message": message}
    async with database.transaction() as transaction:
        await transaction.read(_FAIL, values)


async def release(database: Database, id_: UUID, holder: str, *, counts: bool) -> None:
    """Release a job for others, unless its holder has lost it; whether this attempt `counts`."""
    async with database.transaction() as transaction:
        await transaction.read(_RELEASE, {"id": id_, "holder": holder, "begun": 0 if counts else 1})


async def forget_old(database: Database) -> None:
    """Remove the jobs that ended KEPT_DAYS ago, and the parts of all that have ended."""
    async with database.transaction() as transaction:
        await transaction.read(_FORGET_PARTS)
        await transaction.read(_FORGET, {"days": KEPT_DAYS})


_FILE = compiled(
    text("""
    SELECT file, key, rows, sha256 FROM jobs WHERE id = CAST(:id AS uuid) AND file IS NOT NULL
    """),
    File,
    plans_once=True,
)

_IS_FREE = "finished_at IS NULL AND held_until < now()"
_IS_KNOWN = "kind = ANY (CAST(:kinds AS text[]))"
IS_HELD = "id = CAST(:id AS uuid) AND holder = CAST(:holder AS text) AND finished_at IS NULL"

_OF_WORK = "id, issuer, subject, roles, companies, kind, arguments, trace"

_WAITING = compiled(text(f"SELECT FROM jobs WHERE {_IS_FREE} AND {_IS_KNOWN} LIMIT 1"), plans_once=True)

_STATUS = compiled(
    text("""
    SELECT kind, count(*) FILTER (WHERE held_until >= now()) AS running,
      count(*) FILTER (WHERE held_until < now()) AS waiting,
      coalesce(
        extract(epoch FROM now() - min(greatest(created_at, held_until)) FILTER (WHERE held_until < now())), 0
      )::double precision AS seconds
    FROM jobs WHERE finished_at IS NULL GROUP BY kind
    """)
)

_ABANDON = compiled(
    text(f"""
    UPDATE jobs SET state = 'FAILED', finished_at = now(), holder = NULL, error_code = 'ABANDONED',
      error_message = 'Whoever worked at it was gone each time.'
    WHERE {_IS_FREE} AND attempts >= CAST(:most AS integer)
    RETURNING id
    """)  # noqa: S608 - ours
)

# By the database's clock, which all processes share.
_TAKE = compiled(
    text(f"""
    UPDATE jobs SET state = 'RUNNING', holder = CAST(:holder AS text), attempts = attempts + 1,
      done = (SELECT coalesce(sum(part.rows), 0) FROM job_parts AS part WHERE part.job_id = jobs.id),
      held_until = now() + make_interval(secs => CAST(:seconds AS double precision)),
      started_at = coalesce(started_at, now())
    WHERE id = (
      SELECT waiting.id FROM jobs AS waiting WHERE {_IS_FREE} AND {_IS_KNOWN}
      ORDER BY EXISTS (
        SELECT FROM jobs AS other
        WHERE other.issuer = waiting.issuer AND other.subject = waiting.subject
          AND other.finished_at IS NULL AND other.held_until >= now()
      ), created_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING {_OF_WORK}
    """),  # noqa: S608 - ours
    TakenJob,
)
_TAKEN = compiled(text(f"SELECT {_OF_WORK} FROM jobs WHERE {IS_HELD}"), TakenJob)  # noqa: S608 - ours

_RENEW = compiled(
    text(f"""
    UPDATE jobs SET held_until = now() + make_interval(secs => CAST(:seconds AS double precision)),
      done = greatest(done, CAST(:done AS bigint)), total = CAST(:total AS bigint)
    WHERE {IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
)

_SUCCEED = compiled(
    text(f"""
    UPDATE jobs SET state = 'SUCCEEDED', finished_at = now(), holder = NULL,
      done = CAST(:rows AS bigint), total = CAST(:rows AS bigint), file = CAST(:file AS text),
      rows = CAST(:rows AS bigint), bytes = CAST(:bytes AS bigint), sha256 = CAST(:sha256 AS text),
      cursor = CAST(:cursor AS bigint), failed = CAST(:failed AS bigint)
    WHERE {IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
)

_FAIL = compiled(
    text(f"""
    UPDATE jobs SET state = 'FAILED', finished_at = now(), holder = NULL,
      error_code = CAST(:code AS text), error_message = CAST(:message AS text)
    WHERE {IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
)

_RELEASE = compiled(
    text(f"""
    UPDATE jobs SET state = 'QUEUED', holder = NULL, held_until = '-infinity',
      attempts = attempts - CAST(:begun AS integer)
    WHERE {IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
)

_END = compiled(
    text("""
    SELECT state, extract(epoch FROM finished_at - started_at)::double precision AS seconds FROM jobs
    WHERE id = CAST(:id AS uuid) AND finished_at IS NOT NULL
    """),
    Ended,
)

_MAKE_ROOM = compiled(
    text("""
    DELETE FROM jobs WHERE id IN (
      SELECT each.id FROM jobs AS done JOIN jobs AS each USING (issuer, subject)
      WHERE done.id = CAST(:id AS uuid) AND each.file IS NOT NULL
      ORDER BY each.finished_at DESC, each.id OFFSET CAST(:most AS bigint)
    )
    RETURNING file
    """)
)

_FORGET_PARTS = compiled(
    text("DELETE FROM job_parts USING jobs WHERE job_id = jobs.id AND finished_at IS NOT NULL RETURNING job_id")
)

_FORGET = compiled(
    text("""
    DELETE FROM jobs WHERE finished_at < now() - make_interval(days => CAST(:days AS integer)) RETURNING id
    """)
)
