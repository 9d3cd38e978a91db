"""A company whose locations changed has changed: its version and time say so to whoever follows them."""

import asyncpg

# now() is the transaction's beginning: whatever this load has written already has that time.
_TOUCH = """
    UPDATE companies SET version = version + 1, updated_at = now()
    WHERE updated_at <> now() AND npi IN (SELECT npi FROM noted_changes WHERE location_id IS NOT NULL)
"""


async def touch(connection: asyncpg.Connection) -> None:
    """Count the version, once, of companies of which a load changed only locations."""
    await connection.execute(_TOUCH)
