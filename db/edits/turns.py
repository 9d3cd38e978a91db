"""Turns of those who add to what is their own: counted while nobody else adds to it."""

from sqlalchemy import text

from db.changes import Author
from db.owned import values_of
from db.statement import compiled
from db.transaction import Transaction


async def take_turn(transaction: Transaction, owner: Author, what: int) -> None:
    """Wait until nobody else has an owner's turn of this kind, and have it until the transaction ends."""
    await transaction.read(_TAKE_TURN, {**values_of(owner), "what": what})


_TAKE_TURN = compiled(
    text("""
    SELECT pg_advisory_xact_lock(
      hashtextextended(concat_ws(' ', CAST(:issuer AS text), CAST(:subject AS text)), CAST(:what AS bigint))
    )
    """)
)
