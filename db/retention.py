"""The removal of old changes: delivered ones that everybody could read for long enough, and whole transactions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from db.engine import Database
from db.reads import Reads
from db.statement import compiled
from db.touches import TRIMMED, touch

# Changes that one transaction removes: others wait for none of it, and its log stays small.
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Floor:
    """Up to which change the log has been removed: 0 where nothing has.

    `reached_at` is a moment by which everybody could see those changes: from then on the log is complete. It is
    None where nothing has been removed.
    """

    cursor: int
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """What has come up to a change and no further: a delivery to others, or a webhook; by its name, or its id."""

    name: str
    cursor: int
    is_webhook: bool


async def floor(database: Reads) -> Floor:
    """Up to where the log has been removed."""
    [row] = await database.read(_FLOOR)
    return Floor(row["cursor"], row["reached_at"])


async def remove_old(database: Database, days: int) -> int:
    """Remove the changes that everybody could read for so many days; how many they were. Any process may do it.

    As the log grows its end is noted, at most once an hour, so that it is known since when changes could be read:
    `occurred_at` is the beginning of their transaction, which may have been a long one. What was there before the
    first call is removed so many days after it. What a delivery or a webhook hasn't delivered stays (`held_back`).
    """
    async with database.transaction() as transaction:
        await transaction.read(_MARK)
        if await transaction.read(_RAISE_FLOOR, {"days": days}):
            await touch(transaction, TRIMMED)
    removed = 0
    while True:
        async with database.transaction() as transaction:
            batch = len(await transaction.read(_REMOVE, {"batch": BATCH}))
        removed += batch
        if batch < BATCH:
            return removed


async def held_back(database: Reads, days: int) -> Holder | None:
    """The delivery or webhook for which changes are kept longer than so many days; None where there is none."""
    rows = await database.read(_HELD_BACK, {"days": days})
    return Holder(**dict(rows[0])) if rows else None


_FLOOR = compiled(
    text("""
    SELECT cursor, nullif(reached_at, '-infinity') AS reached_at FROM change_marks ORDER BY cursor LIMIT 1
    """)
)

# The last change was the end of its transaction: they are committed one after the other.
_MARK = compiled(
    text("""
    INSERT INTO change_marks (cursor)
    SELECT id FROM (SELECT max(id) AS id FROM changes) AS newest
    WHERE id IS NOT NULL
      AND NOT EXISTS (SELECT FROM change_marks WHERE cursor >= id OR reached_at > now() - interval '1 hour')
    ON CONFLICT DO NOTHING
    """)
)
# Those that wait for changes, and the last one up to which each needs none. Of a webhook events wait to be sent
# again; one that is disabled waits for nothing.
_HOLDERS = """
    SELECT name, cursor, false AS is_webhook FROM deliveries
    UNION ALL
    SELECT w.id::text, least(w.cursor, (
      SELECT min(e.cursor) - 1 FROM webhook_waiting e WHERE e.webhook_id = w.id
    )), true FROM webhooks w WHERE w.is_enabled
"""
# What isn't delivered yet is kept.
_RAISE_FLOOR = compiled(
    text(f"""
    DELETE FROM change_marks WHERE cursor < (
      SELECT max(cursor) FROM change_marks
      WHERE reached_at < now() - make_interval(days => CAST(:days AS integer))
        AND NOT EXISTS (SELECT FROM ({_HOLDERS}) AS holders WHERE holders.cursor < change_marks.cursor)
    )
    RETURNING cursor
    """)  # noqa: S608 - ours
)
_HELD_BACK = compiled(
    text(f"""
    SELECT name, holders.cursor, is_webhook FROM ({_HOLDERS}) AS holders
    WHERE holders.cursor < (
      SELECT max(cursor) FROM change_marks
      WHERE reached_at < now() - make_interval(days => CAST(:days AS integer))
    )
    ORDER BY holders.cursor LIMIT 1
    """)  # noqa: S608 - ours
)

# Whoever reads sees nothing up to the floor, whether or not it is gone already.
_REMOVE = compiled(
    text("""
    DELETE FROM changes WHERE id IN (
      SELECT id FROM changes WHERE id <= (SELECT min(cursor) FROM change_marks)
      ORDER BY id LIMIT CAST(:batch AS bigint) FOR UPDATE SKIP LOCKED
    )
    RETURNING id
    """)
)
