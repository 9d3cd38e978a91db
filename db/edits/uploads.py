"""The statements by which owners make uploads, and have jobs take them."""

from uuid import UUID

import asyncpg
from sqlalchemy import text

from db.changes import Author
from db.edits.turns import take_turn
from db.owned import IS_OWNERS, values_of
from db.statement import compiled
from db.transaction import Transaction
from db.uploads import Upload

# What tells the turns of these from those of other kinds.
TURN = 5_190_226_718


class LockedUpload(asyncpg.Record):
    """An upload that nobody else changes until the transaction ends: id, and file, its name or None."""


async def count(transaction: Transaction, owner: Author, seconds: int) -> int:
    """How many uploads of an owner wait for their files, made within so many seconds.

    Nobody else can add to them until the transaction ends.
    """
    await take_turn(transaction, owner, TURN)
    [row] = await transaction.read(_COUNT, {**values_of(owner), "seconds": seconds})
    return int(row["count"])


async def create(transaction: Transaction, id_: UUID, owner: Author, key: bytes) -> Upload:
    """Make an upload, whose link is signed with the key."""
    [row] = await transaction.read(_CREATE, {"id": id_, **values_of(owner), "key": key})
    upload: Upload = row
    return upload


async def lock(transaction: Transaction, id_: UUID, owner: Author) -> LockedUpload | None:
    """The owner's upload with this id, locked; None where the owner has none."""
    rows = await transaction.read(_LOCK, {"id": id_, **values_of(owner)})
    return rows[0] if rows else None


async def take(transaction: Transaction, id_: UUID) -> None:
    """Have a job take what was sent: from now on nobody replaces it."""
    await transaction.write(_TAKE, {"id": id_})


_COUNT = compiled(
    text(f"""
    SELECT count(*) FROM uploads
    WHERE {IS_OWNERS} AND file IS NULL AND created_at > now() - make_interval(secs => CAST(:seconds AS integer))
    """)  # noqa: S608 - ours
)
_CREATE = compiled(
    text("""
    INSERT INTO uploads (id, issuer, subject, key)
    VALUES (CAST(:id AS uuid), CAST(:issuer AS text), CAST(:subject AS text), CAST(:key AS bytea))
    RETURNING id, key, created_at
    """),
    Upload,
)
_LOCK = compiled(
    text(f"SELECT id, file FROM uploads WHERE id = CAST(:id AS uuid) AND {IS_OWNERS} FOR NO KEY UPDATE"),  # noqa: S608 - ours
    LockedUpload,
)
_TAKE = compiled(text("UPDATE uploads SET taken_at = now() WHERE id = CAST(:id AS uuid)"))
