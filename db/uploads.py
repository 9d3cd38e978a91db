"""The statements about uploads for those who receive files, and for those who remove them."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlalchemy import text

from db.engine import Database
from db.reads import Reads
from db.statement import compiled

# Days for which an upload is kept, and the number of files that are kept of one owner besides the newest; those
# that jobs still need are kept anyway.
KEPT_DAYS = 3
MOST_FILES = 20


class Link(asyncpg.Record):
    """What the link to an upload is checked by: key, and is_taken, whether a job has taken what was sent."""


class Upload(asyncpg.Record):
    """A new upload: id, key, created_at."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was received: its name, bytes, and SHA-256 in hexadecimal."""

    file: str
    bytes: int
    sha256: str


async def link_of(database: Reads, id_: UUID) -> Link | None:
    """Return what the link to an upload is checked by; None if there is no such upload, or it has been removed."""
    rows = await database.read(_LINK, {"id": id_})
    return rows[0] if rows else None


async def receive(database: Database, id_: UUID, received: Received) -> list[str] | None:
    """Record the file of an upload; the names of files that are to be removed for it.

    They are the file that it replaces, and the oldest others of its owner except MOST_FILES. None, and nothing is
    recorded, if a job has taken the upload meanwhile, or it was removed.
    """
    values = {"id": id_, "file": received.file, "bytes": received.bytes, "sha256": received.sha256}
    async with database.transaction() as transaction:
        rows = await transaction.read(_RECEIVE, values)
        if not rows:
            return None
        others = await transaction.read(_MAKE_ROOM, {"id": id_, "most": MOST_FILES})
        return [row["file"] for row in (*rows, *others) if row["file"] is not None]


async def forget_old(database: Database) -> list[str]:
    """Remove the uploads that were made KEPT_DAYS ago; the names of their files."""
    async with database.transaction() as transaction:
        rows = await transaction.read(_FORGET, {"days": KEPT_DAYS})
        return [row["file"] for row in rows if row["file"] is not None]


# One that a job is just taking, which nobody sees yet, is locked.
_IS_NEEDED = "EXISTS (SELECT FROM jobs WHERE jobs.finished_at IS NULL AND jobs.arguments ->> 'upload' = each.file)"

_LINK = compiled(
    text("SELECT key, taken_at IS NOT NULL AS is_taken FROM uploads WHERE id = CAST(:id AS uuid)"),
    Link,
    plans_once=True,
)

# Locked first: of several files that come at once, each but the last is one that is replaced.
_RECEIVE = compiled(
    text("""
    WITH before AS (
      SELECT id, file FROM uploads WHERE id = CAST(:id AS uuid) AND taken_at IS NULL FOR NO KEY UPDATE
    )
    UPDATE uploads SET file = CAST(:file AS text), bytes = CAST(:bytes AS bigint), sha256 = CAST(:sha256 AS text)
    FROM before WHERE uploads.id = before.id
    RETURNING before.file
    """)
)

_MAKE_ROOM = compiled(
    text(f"""
    DELETE FROM uploads WHERE id IN (
      SELECT each.id FROM uploads AS received JOIN uploads AS each USING (issuer, subject)
      WHERE received.id = CAST(:id AS uuid) AND each.id <> received.id
        AND each.file IS NOT NULL AND NOT {_IS_NEEDED}
      ORDER BY each.created_at DESC, each.id OFFSET CAST(:most AS bigint) FOR NO KEY UPDATE OF each SKIP LOCKED
    )
    RETURNING file
    """)  # noqa: S608 - ours
)

_FORGET = compiled(
    text(f"""
    DELETE FROM uploads WHERE id IN (
      SELECT each.id FROM uploads AS each
      WHERE each.created_at < now() - make_interval(days => CAST(:days AS integer)) AND NOT {_IS_NEEDED}
      FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING file
    """)  # noqa: S608 - ours
)
