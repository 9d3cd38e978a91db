"""A company whose locations changed has changed: its version and time say so to whoever follows them."""

import asyncpg

_LAST = "SELECT coalesce(max(id), 0) FROM changes"
# now() is the transaction's beginning: whatever this load has written already has that time.
_TOUCH = """
    UPDATE companies SET version = version + 1, updated_at = now()
    WHERE updated_at <> now() AND npi IN (
      SELECT npi FROM changes WHERE id > $2 AND load_id = $1 AND location_id IS NOT NULL
    )
"""


async def last_change(connection: asyncpg.Connection) -> int:
    """Return the number of the last change before a load's."""
    number: int = await connection.fetchval(_LAST)
    return number


async def touch(connection: asyncpg.Connection, load_id: int, last_change: int) -> None:
    """Count the version, once, of companies of which a load changed only locations."""
    await connection.execute(_TOUCH, load_id, last_change)
