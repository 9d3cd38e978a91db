"""The statements by which owners start and cancel jobs."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import Author
from db.edits.turns import take_turn
from db.owned import IS_OWNERS, values_of
from db.statement import compiled
from db.transaction import Transaction

# What tells the turns of these from those of other kinds.
TURN = 7_209_150_034


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do: the names of roles, the NPIs of companies, and the token's `jti`, if it has one."""

    roles: Collection[str]
    companies: Collection[str]
    jti: str | None


class LockedJob(asyncpg.Record):
    """A job that nobody else changes until the transaction ends: id and state."""


async def count(transaction: Transaction, owner: Author) -> int:
    """How many jobs of an owner haven't ended, to which nobody else can add until the transaction ends."""
    await take_turn(transaction, owner, TURN)
    [row] = await transaction.read(_COUNT, values_of(owner))
    return int(row["unfinished"])


async def create(
    transaction: Transaction,
    id_: UUID,
    owner: Author,
    rights: Rights,
    kind: str,
    arguments: object,
    key: bytes,
) -> None:
    """Queue a job for an owner; links to its file are signed with the key."""
    values = {
        "id": id_,
        **values_of(owner),
        "roles": sorted(rights.roles),
        "companies": sorted(rights.companies),
        "jti": rights.jti,
        "kind": kind,
        "arguments": orjson.dumps(arguments).decode(),
        "key": key,
        "trace": owner.trace,
    }
    await transaction.read(_CREATE, values)


async def lock(transaction: Transaction, id_: UUID, owner: Author) -> LockedJob | None:
    """The owner's job with this id, locked; None where the owner has none."""
    rows = await transaction.read(_LOCK, {"id": id_, **values_of(owner)})
    return rows[0] if rows else None


async def cancel(transaction: Transaction, id_: UUID) -> None:
    """Cancel a job that hasn't ended; the process that does it notices when it renews its lease."""
    await transaction.write(_CANCEL, {"id": id_})


_COUNT = compiled(text(f"SELECT count(*) AS unfinished FROM jobs WHERE {IS_OWNERS} AND finished_at IS NULL"))  # noqa: S608 - ours
_CREATE = compiled(
    text("""
    INSERT INTO jobs (id, issuer, subject, roles, companies, jti, kind, arguments, key, trace)
    VALUES (CAST(:id AS uuid), :issuer, :subject, CAST(:roles AS text[]), CAST(:companies AS text[]),
      CAST(:jti AS text), :kind, CAST(CAST(:arguments AS text) AS jsonb), CAST(:key AS bytea),
      CAST(:trace AS text))
    RETURNING id
    """)
)
_LOCK = compiled(
    text(f"SELECT id, state FROM jobs WHERE id = CAST(:id AS uuid) AND {IS_OWNERS} FOR NO KEY UPDATE"),  # noqa: S608 - ours
    LockedJob,
)
_CANCEL = compiled(
    text("UPDATE jobs SET state = 'CANCELED', finished_at = now(), holder = NULL WHERE id = CAST(:id AS uuid)")
)
