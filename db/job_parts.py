"""The statements about parts of jobs that write: each part is recorded in the transaction that writes its rows.

So whoever goes on with a job after its process was lost knows what has been done, and nothing is done twice.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from db.jobs import IS_HELD
from db.reads import Reads
from db.statement import compiled
from db.transaction import Transaction


class LeaseLostError(Exception):
    """A job was canceled, or another process does it by now."""


class TokenRevokedError(Exception):
    """The token that a job was started with has been revoked."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a job: its number, from 0 on, its rows, how many of these failed, and its piece of the file."""

    number: int
    rows: int
    failed: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done of a job: how many parts, their rows, and how many of these failed."""

    parts: int
    rows: int
    failed: int


async def progress(database: Reads, id_: UUID) -> Progress:
    """What is done of a job."""
    [row] = await database.read(_PROGRESS, {"id": id_})
    return Progress(**dict(row))


async def require_held(database: Reads, id_: UUID, holder: str) -> None:
    """Raise LeaseLostError or TokenRevokedError where a job may not go on."""
    _settle(await database.read(_HELD, {"id": id_, "holder": holder}))


async def add(transaction: Transaction, id_: UUID, holder: str, part: Part, done: int) -> None:
    """Record a part of a job, of which so many rows are `done` with it; raises what `require_held` raises.

    A job that gets on isn't given up, however often its process is lost.
    """
    values = {
        "id": id_,
        "holder": holder,
        "number": part.number,
        "rows": part.rows,
        "failed": part.failed,
        "content": part.content,
        "done": done,
    }
    _settle(await transaction.read(_ADD, values))


async def contents(database: Reads, id_: UUID, parts: int) -> AsyncIterator[bytes]:
    """Yield the pieces of a job's file, in their order."""
    for number in range(parts):
        [row] = await database.read(_CONTENT, {"id": id_, "number": number})
        yield row["content"]


def _settle(rows: list[dict[str, bool]]) -> None:
    if not rows:
        raise LeaseLostError
    if rows[0]["is_revoked"]:
        raise TokenRevokedError


_PROGRESS = compiled(
    text("""
    SELECT count(*) AS parts, coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(failed), 0)::bigint AS failed
    FROM job_parts WHERE job_id = CAST(:id AS uuid)
    """)
)

_IS_REVOKED = """
    EXISTS (SELECT FROM revoked_tokens r WHERE r.issuer = held.issuer AND r.jti = held.jti) AS is_revoked
"""

_HELD = compiled(text(f"SELECT {_IS_REVOKED} FROM jobs AS held WHERE {IS_HELD}"))  # noqa: S608 - ours

# The job's row is locked from here on: nobody takes or cancels the job before the rows are there.
_ADD = compiled(
    text(f"""
    WITH held AS (
      UPDATE jobs SET done = CAST(:done AS bigint), attempts = 1 WHERE {IS_HELD} RETURNING id, issuer, jti
    ), added AS (
      INSERT INTO job_parts (job_id, number, rows, failed, content)
      SELECT id, CAST(:number AS integer), CAST(:rows AS bigint), CAST(:failed AS bigint), CAST(:content AS bytea)
      FROM held
    )
    SELECT {_IS_REVOKED} FROM held
    """)  # noqa: S608 - ours
)

_CONTENT = compiled(
    text("SELECT content FROM job_parts WHERE job_id = CAST(:id AS uuid) AND number = CAST(:number AS integer)")
)
