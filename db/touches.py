"""Tags touched by what is no change that anybody follows: a clearing by hand, and a trimming of the log."""

from sqlalchemy import text

from db.statement import compiled
from db.transaction import Transaction

# Stands for everything.
EVERYTHING = "any"
# What depends on how far back the log goes.
TRIMMED = "trimmed"


async def touch(transaction: Transaction, tag: str) -> None:
    """Touch a tag as a change would; until the transaction ends, whoever changes something waits for its turn."""
    if tag == EVERYTHING:
        await transaction.read(_FORGET)
    await transaction.read(_TOUCH, {"tag": tag})


_TOUCH = compiled(
    text("""
    INSERT INTO touched_tags (tag) VALUES (:tag)
    ON CONFLICT (tag) DO UPDATE SET cursor = excluded.cursor, touched_at = excluded.touched_at
    """)
)

# Whatever else was touched before is a part of everything.
_FORGET = compiled(text("DELETE FROM touched_tags"))
