"""Every statement of those who look at jobs and of those who work at them, one process at each for a time."""

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

# How often a job is begun before it counts as one that can't be done: whoever worked at it was gone each time.
MOST_ATTEMPTS = 3

# Days for which a job is kept, and its file, once it has ended; and files that are kept of one owner, since a disk
# holds no week of them.
KEPT_DAYS = 7
MOST_FILES = 20


class Job(asyncpg.Record):
    """A row of jobs, without what those who work at it note."""

    never_null = never_null(jobs)


# The newest first.
OWNED = Owned(
    jobs,
    Job,
    (("CREATED_AT", True), ("ID", True)),
    (SortKey(jobs.c.created_at, datetime, descending=True), SortKey(jobs.c.id, UUID, descending=True)),
    hidden={"roles", "companies", "arguments", "holder", "held_until", "attempts"},
)


class TakenJob(asyncpg.Record):
    """A job to work at: id, kind, arguments, and for whom: issuer, subject, roles, companies."""


class File(asyncpg.Record):
    """The file of a job that was done: file (its name), key, rows, sha256."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: its file's name, rows, bytes and SHA-256 in hexadecimals, and the change it is as of."""

    file: str
    rows: int
    bytes: int
    sha256: str
    cursor: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How many jobs are worked at and how many wait, the first of these for so many seconds (0: none does)."""

    running: int
    waiting: int
    seconds: float


async def file_of(database: Reads, id_: UUID) -> File | None:
    """Return the file of a job that was done; None where there is none, or none any more."""
    rows = await database.read(_FILE, {"id": id_})
    return rows[0] if rows else None


async def status(database: Reads) -> Status:
    """How the jobs stand that haven't ended, whosever they are."""
    [row] = await database.read(_STATUS)
    return Status(**dict(row))


async def has_waiting(database: Reads) -> bool:
    """Whether a job waits for somebody to work at it."""
    return bool(await database.read(_WAITING))


async def take(database: Database, holder: str, seconds: float) -> TakenJob | None:
    """Have a process work at a job for so long; None where none waits.

    Whose jobs nobody works at comes first, then who has waited longest. A job whose time was over MOST_ATTEMPTS
    times counts as failed.
    """
    async with database.transaction() as transaction:
        await transaction.read(_ABANDON, {"most": MOST_ATTEMPTS})
        rows = await transaction.read(_TAKE, {"holder": holder, "seconds": seconds})
        return rows[0] if rows else None


async def taken(database: Reads, id_: UUID, holder: str) -> TakenJob | None:
    """Return the job that somebody has taken; None where it isn't its any more."""
    rows = await database.read(_TAKEN, {"id": id_, "holder": holder})
    return rows[0] if rows else None


async def keep(database: Database, id_: UUID, holder: str, seconds: float, done: int, total: int | None) -> bool:
    """Have a process work at its job for longer, and note how far it is; False where it isn't its any more."""
    values = {"id": id_, "holder": holder, "seconds": seconds, "done": done, "total": total}
    async with database.transaction() as transaction:
        return bool(await transaction.read(_KEEP, values))


async def succeed(database: Database, id_: UUID, holder: str, outcome: Outcome) -> bool:
    """Note that a job is done; False where it isn't its holder's any more, and nothing is noted."""
    async with database.transaction() as transaction:
        return bool(await transaction.read(_SUCCEED, {"id": id_, "holder": holder, **asdict(outcome)}))


async def make_room(database: Database, id_: UUID) -> list[str]:
    """Remove the oldest jobs of a job's owner that have a file, but for MOST_FILES; the names of their files."""
    async with database.transaction() as transaction:
        rows = await transaction.read(_MAKE_ROOM, {"id": id_, "most": MOST_FILES})
        return [row["file"] for row in rows]


async def fail(database: Database, id_: UUID, holder: str, code: str, message: str) -> None:
    """Note why a job can't be done, where it is still its holder's."""
    values = {"id": id_, "holder": holder, "code": code, "message": message}
    async with database.transaction() as transaction:
        await transaction.read(_FAIL, values)


async def put_back(database: Database, id_: UUID, holder: str, *, counts: bool) -> None:
    """Leave a job to others, where it is still its holder's; whether that `counts` among its attempts."""
    async with database.transaction() as transaction:
        await transaction.read(_PUT_BACK, {"id": id_, "holder": holder, "begun": 0 if counts else 1})


async def forget_old(database: Database) -> None:
    """Remove the jobs that ended KEPT_DAYS ago."""
    async with database.transaction() as transaction:
        await transaction.read(_FORGET, {"days": KEPT_DAYS})


_FILE = compiled(
    text("""
    SELECT file, key, rows, sha256 FROM jobs WHERE id = CAST(:id AS uuid) AND file IS NOT NULL
    """),
    File,
    plans_once=True,
)

_IS_FREE = "finished_at IS NULL AND held_until < now()"
_IS_HELD = "id = CAST(:id AS uuid) AND holder = CAST(:holder AS text) AND finished_at IS NULL"

_OF_WORK = "id, issuer, subject, roles, companies, kind, arguments"

_WAITING = compiled(text(f"SELECT FROM jobs WHERE {_IS_FREE} LIMIT 1"), plans_once=True)

_STATUS = compiled(
    text("""
    SELECT count(*) FILTER (WHERE held_until >= now()) AS running,
      count(*) FILTER (WHERE held_until < now()) AS waiting,
      coalesce(
        extract(epoch FROM now() - min(greatest(created_at, held_until)) FILTER (WHERE held_until < now())), 0
      )::double precision AS seconds
    FROM jobs WHERE finished_at IS NULL
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
    UPDATE jobs SET state = 'RUNNING', holder = CAST(:holder AS text), attempts = attempts + 1, done = 0,
      held_until = now() + make_interval(secs => CAST(:seconds AS double precision)),
      started_at = coalesce(started_at, now())
    WHERE id = (
      SELECT waiting.id FROM jobs AS waiting WHERE {_IS_FREE}
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
_TAKEN = compiled(text(f"SELECT {_OF_WORK} FROM jobs WHERE {_IS_HELD}"), TakenJob)  # noqa: S608 - ours

_KEEP = compiled(
    text(f"""
    UPDATE jobs SET held_until = now() + make_interval(secs => CAST(:seconds AS double precision)),
      done = CAST(:done AS bigint), total = CAST(:total AS bigint)
    WHERE {_IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
)

_SUCCEED = compiled(
    text(f"""
    UPDATE jobs SET state = 'SUCCEEDED', finished_at = now(), holder = NULL,
      done = CAST(:rows AS bigint), total = CAST(:rows AS bigint), file = CAST(:file AS text),
      rows = CAST(:rows AS bigint), bytes = CAST(:bytes AS bigint), sha256 = CAST(:sha256 AS text),
      cursor = CAST(:cursor AS bigint)
    WHERE {_IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
)

_FAIL = compiled(
    text(f"""
    UPDATE jobs SET state = 'FAILED', finished_at = now(), holder = NULL,
      error_code = CAST(:code AS text), error_message = CAST(:message AS text)
    WHERE {_IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
)

_PUT_BACK = compiled(
    text(f"""
    UPDATE jobs SET state = 'QUEUED', holder = NULL, held_until = '-infinity',
      attempts = attempts - CAST(:begun AS integer)
    WHERE {_IS_HELD} RETURNING id
    """)  # noqa: S608 - ours
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

_FORGET = compiled(
    text("""
    DELETE FROM jobs WHERE finished_at < now() - make_interval(days => CAST(:days AS integer)) RETURNING id
    """)
)
