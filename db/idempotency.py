"""Every statement about the keys that mutations come with, so that one which is sent again is not done again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import CURSOR, Author, Change, Needs, recording, values_of
from db.engine import Database
from db.statement import Statement, compiled
from db.transaction import Transaction

# Hours that an answer is kept.
KEPT = 24


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its author sent it, a mutation's place in its document, and what tells two mutations apart."""

    author: Author
    text: str
    place: int
    fingerprint: bytes

    @property
    def values(self) -> dict[str, object]:
        """What names it in a statement."""
        return {
            "issuer": self.author.issuer,
            "subject": self.author.subject,
            "key": self.text,
            "place": self.place,
        }


class InProgressError(Exception):
    """A mutation with this key is running."""


class ReusedError(Exception):
    """The key has been used for another mutation."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered the first time, data and errors, and the change that it ended with."""

    data: Mapping[str, object]
    errors: Sequence[Mapping[str, object]]
    cursor: int | None


class AnsweredError(Exception):
    """A mutation with this key was answered before."""

    def __init__(self, answered: Answered) -> None:
        super().__init__("answered before")
        self.answered = answered


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is taken for the life of a transaction, together with its first statement.

    That one raises InProgressError, ReusedError, or AnsweredError where the key was used before, and does nothing.
    """

    key: Key

    @property
    def values(self) -> Mapping[str, object]:
        """The values of its statement."""
        return self.key.values

    @property
    def alone(self) -> Statement:
        """Its statement."""
        return _CLAIM

    def before(self, statement: Statement) -> Statement:
        """Its statement with another one behind it, which isn't run where the key isn't free or was used."""
        return _claim_before(statement)

    def settle(self, row: asyncpg.Record) -> None:
        """Look at the first row of its statement; raises what that may raise."""
        if not row["is_free"]:
            raise InProgressError
        if row["fingerprint"] is None:
            return
        if row["fingerprint"] != self.key.fingerprint:
            raise ReusedError
        answer = orjson.loads(row["answer"])
        raise AnsweredError(Answered(answer["data"], answer["errors"], row["cursor"]))


async def keep(
    transaction: Transaction,
    key: Key,
    data: Mapping[str, object],
    errors: Sequence[Mapping[str, object]],
    changes: Sequence[Change],
) -> int | None:
    """Record changes as `db.changes.record` does, and keep with them what is answered; returns what that returns.

    Raises InProgressError where the key was kept at the moment when it was claimed.
    """
    content = orjson.dumps({"data": data, "errors": errors}).decode()
    values = {**key.values, "fingerprint": key.fingerprint, "answer": content}
    if changes:
        values |= values_of(changes, key.author)
    rows = await transaction.read(_keep_statement(Needs.of(changes) if changes else None), values)
    if not rows:
        raise InProgressError
    cursor: int | None = rows[0]["cursor"]
    return cursor


async def forget_expired(database: Database) -> None:
    """Remove what is kept for no retry any more."""
    async with database.transaction() as transaction:
        await transaction.read(_FORGET)


_FORGET = compiled(text(f"DELETE FROM idempotency_keys WHERE created_at < now() - interval '{KEPT} hours'"))  # noqa: S608 - ours

_NAME = (
    "hashtextextended(concat_ws(E'\\x1f', CAST(:issuer AS text), CAST(:subject AS text), CAST(:key AS text)), 0)"
)

# Who else holds the key isn't waited for: its answer would come too late for whoever sends it again. An answer
# that is committed between the statement's beginning and its lock isn't seen here; keeping another meets it.
_CLAIM = compiled(
    text(f"""
    SELECT pg_try_advisory_xact_lock({_NAME} # asked.place) AS is_free, kept.fingerprint, kept.answer, kept.cursor
    FROM (VALUES (CAST(:place AS integer))) AS asked (place)
    LEFT JOIN idempotency_keys kept
      ON issuer = CAST(:issuer AS text) AND subject = CAST(:subject AS text) AND key = CAST(:key AS text)
        AND kept.place = asked.place AND created_at > now() - interval '{KEPT} hours'
    """)  # noqa: S608 - ours
)


@lru_cache(maxsize=64)
def _claim_before(statement: Statement) -> Statement:
    """The claim with a statement behind it, whose rows say `is_found`; one that doesn't stands for none.

    OFFSET keeps PostgreSQL from running what stands behind before it looks at the claim.
    """
    return _CLAIM.followed_by(
        statement,
        """
        WITH claimed AS MATERIALIZED ({first})
        SELECT found.*, claimed.* FROM claimed LEFT JOIN LATERAL (
          SELECT each.*, true AS is_found FROM ({second}) AS each
          WHERE claimed.is_free AND claimed.fingerprint IS NULL OFFSET 0
        ) AS found ON true
        """,
    )


@lru_cache(maxsize=64)
def _keep_statement(needs: Needs | None) -> Statement:
    """The statement that keeps what is answered, and records changes with these needs.

    None where nothing changes: then nobody's turn to record is waited for.
    """
    beginning, cursor = (recording(needs), CURSOR) if needs else ("", "NULL")
    return compiled(
        text(f"""
        {beginning}
        INSERT INTO idempotency_keys (issuer, subject, key, place, fingerprint, answer, cursor)
        VALUES (:issuer, :subject, :key, :place, :fingerprint, CAST(:answer AS json), {cursor})
        ON CONFLICT (issuer, subject, key, place) DO UPDATE
          SET fingerprint = excluded.fingerprint, answer = excluded.answer, cursor = excluded.cursor,
            created_at = now()
          WHERE idempotency_keys.created_at <= now() - interval '{KEPT} hours'
        RETURNING cursor
        """)  # noqa: S608 - ours
    )
