"""Moves webhooks past changes that aren't for them: all by one statement, without a turn of each."""

from sqlalchemy import text

from db.statement import compiled
from db.transaction import Transaction

# How far behind the end of the log a webhook may be for that: one further behind reads it page by page.
FARTHEST = 500


async def skip(transaction: Transaction) -> int:
    """Move webhooks to the end of the log if nothing up to there can be for them, and nobody has a lease on them.

    Returns the id of the last change by then, 0 if there is none.
    """
    [row] = await transaction.read(_SKIP, {"farthest": FARTHEST})
    return int(row["newest"])


# Of webhooks with topics these are known without their subscription: the kinds, and the companies that are named
# or in a list with numbers. Whatever else a filter tests may hold. If a list was deleted, a turn finds that out.
_SKIP = compiled(
    text("""
    WITH log AS MATERIALIZED (
      SELECT coalesce((SELECT max(id) FROM changes), 0) AS newest, (SELECT min(cursor) FROM change_marks) AS floor
    ),
    next AS MATERIALIZED (
      SELECT kind, npi, max(id) AS id FROM changes
      WHERE id > (SELECT newest FROM log) - CAST(:farthest AS bigint) GROUP BY kind, npi
    ),
    behind AS MATERIALIZED (
      SELECT w.id, w.cursor, w.topics, w.variables #> '{filter,npis}' AS npis, l.id AS list_id
      FROM webhooks w CROSS JOIN log
      LEFT JOIN watch_lists l ON l.id = w.watch_list_id AND l.filter IS NULL
      WHERE w.is_enabled AND w.holder IS NULL AND w.topics IS NOT NULL
        AND w.cursor < log.newest AND w.cursor >= greatest(log.newest - CAST(:farthest AS bigint), log.floor)
      FOR NO KEY UPDATE OF w SKIP LOCKED
    ),
    moved AS (
      UPDATE webhooks w SET cursor = log.newest FROM log, behind
      WHERE w.id = behind.id AND NOT EXISTS (
        SELECT FROM next WHERE next.id > behind.cursor AND next.kind = ANY (behind.topics)
          AND coalesce(behind.npis ? next.npi, true)
          AND (behind.list_id IS NULL OR EXISTS (
            SELECT FROM watch_list_members m WHERE m.list_id = behind.list_id AND m.npi = next.npi
          ))
      )
    )
    SELECT newest FROM log
    """)
)
