"""Every statement about deliveries: how far each has come, who works at it, and what was set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg
import orjson
from sqlalchemy import text

from db.engine import Database
from db.lag import number_after, seconds_after
from db.reads import Reads
from db.statement import compiled

# Changes that are counted at most: more of them wait than anybody needs to know precisely.
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Status:
    """How a delivery stands.

    `cursor` is the last change up to which all are delivered; of those after it `pending` are counted, up to
    MOST_COUNTED, and the first has waited for so many seconds (0 where none does). `is_held` is whether a process
    works at it. `dead_letters` are kept; `delivered` and `unroutable` are counted since the first.
    """

    cursor: int
    pending: int
    waiting: float
    is_held: bool
    problem: str | None
    delivered: int
    unroutable: int
    dead_letters: int


class Place(NamedTuple):
    """The change up to which a delivery has come, and whether somebody has it begin there since it was held."""

    cursor: int
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that was refused again and again, as it was sent, by the cursor of its change."""

    cursor: int
    event: str
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """How far a delivery has come: up to which change, and what became of the events on the way."""

    cursor: int
    delivered: int = 0
    unroutable: int = 0
    set_aside: Sequence[SetAside] = ()


class DeadLetter(asyncpg.Record):
    """A row of dead letters: cursor, event, reason, set_aside_at."""


async def take(database: Database, name: str, holder: str, seconds: float) -> Place | None:
    """Have a process work at a delivery for so long, or longer than before; the place that it has come to.

    None while another one works at it. A delivery begins with the oldest change that is kept.
    """
    values = {"name": name, "holder": holder, "seconds": seconds}
    async with database.transaction() as transaction:
        rows = await transaction.read(_TAKE, values)
        if not rows and await transaction.read(_BEGIN, {"name": name}):
            rows = await transaction.read(_TAKE, values)
        return Place(**dict(rows[0])) if rows else None


async def advance(database: Database, name: str, holder: str, step: Step) -> bool:
    """Note how far a delivery has come; False where another process works at it by now, and nothing is noted."""
    values: Mapping[str, object] = {
        "name": name,
        "holder": holder,
        "cursor": step.cursor,
        "delivered": step.delivered,
        "unroutable": step.unroutable,
        "set_aside": orjson.dumps(step.set_aside).decode(),
    }
    async with database.transaction() as transaction:
        return bool(await transaction.read(_ADVANCE, values))


async def hinder(database: Database, name: str, holder: str, problem: str | None) -> None:
    """Note why a delivery doesn't get on, or that nothing hinders it, unless another process works at it."""
    async with database.transaction() as transaction:
        await transaction.read(_HINDER, {"name": name, "holder": holder, "problem": problem})


async def release(database: Database, name: str, holder: str) -> None:
    """Let others work at a delivery at once, where this process did."""
    async with database.transaction() as transaction:
        await transaction.read(_RELEASE, {"name": name, "holder": holder})


async def status(database: Reads, name: str) -> Status:
    """How a delivery stands; one that never began waits with all changes that are kept."""
    [row] = await database.read(_STATUS, {"name": name, "most": MOST_COUNTED})
    return Status(**dict(row))


async def go_back(database: Database, name: str, cursor: int) -> bool:
    """Have all that comes after a change delivered (once more); False where it never began, or isn't that far.

    Whoever works at it goes on from there.
    """
    async with database.transaction() as transaction:
        return bool(await transaction.read(_GO_BACK, {"name": name, "cursor": cursor}))


async def end(database: Database, name: str) -> bool:
    """Forget how far a delivery has come, so that no change is kept for it; False where it never began."""
    async with database.transaction() as transaction:
        return bool(await transaction.read(_END, {"name": name}))


async def dead_letters(database: Reads, name: str, after: int, size: int) -> list[DeadLetter]:
    """Events of a delivery that were set aside, in the order of their changes, after the one with a cursor."""
    return await database.read(_DEAD_LETTERS, {"name": name, "after": after, "size": size})


async def dead_letter(database: Reads, name: str, cursor: int) -> DeadLetter | None:
    """The event of a change that was set aside, if it was."""
    rows = await dead_letters(database, name, cursor - 1, 1)
    return rows[0] if rows and rows[0]["cursor"] == cursor else None


async def forget(database: Database, name: str, cursors: Sequence[int]) -> None:
    """Keep dead letters no longer."""
    async with database.transaction() as transaction:
        await transaction.read(_FORGET, {"name": name, "cursors": list(cursors)})


_BEGIN = compiled(
    text("""
    INSERT INTO deliveries (name, cursor) SELECT :name, min(cursor) FROM change_marks
    ON CONFLICT DO NOTHING RETURNING name
    """)
)

# Until it expires others leave the delivery alone; by the database's clock, which all of them share.
_TAKE = compiled(
    text("""
    WITH before AS (SELECT name, holder FROM deliveries WHERE name = :name FOR UPDATE)
    UPDATE deliveries AS d SET holder = CAST(:holder AS text),
      held_until = now() + make_interval(secs => CAST(:seconds AS double precision))
    FROM before
    WHERE d.name = before.name AND (d.holder = CAST(:holder AS text) OR d.held_until < now())
    RETURNING d.cursor, before.holder IS NOT DISTINCT FROM '' AS is_set
    """)
)

_ADVANCE = compiled(
    text("""
    WITH moved AS (
      UPDATE deliveries SET cursor = CAST(:cursor AS bigint), problem = NULL,
        delivered = delivered + CAST(:delivered AS bigint), unroutable = unroutable + CAST(:unroutable AS bigint)
      WHERE name = :name AND holder = CAST(:holder AS text)
      RETURNING name
    ), set_aside AS (
      INSERT INTO dead_letters (delivery, cursor, event, reason)
      SELECT moved.name, each.cursor, each.event, each.reason FROM moved
      CROSS JOIN jsonb_to_recordset(CAST(:set_aside AS jsonb)) AS each (cursor bigint, event text, reason text)
      ON CONFLICT DO NOTHING
    )
    SELECT name FROM moved
    """)
)

_HINDER = compiled(
    text("""
    UPDATE deliveries SET problem = CAST(:problem AS text)
    WHERE name = :name AND problem IS DISTINCT FROM CAST(:problem AS text)
      AND (holder = CAST(:holder AS text) OR held_until < now())
    """)
)

_RELEASE = compiled(
    text("""
    UPDATE deliveries SET holder = NULL, held_until = '-infinity'
    WHERE name = :name AND holder = CAST(:holder AS text)
    """)
)

_STATUS = compiled(
    text(f"""
    SELECT place.cursor, {number_after("place.cursor")} AS pending, {seconds_after("place.cursor")} AS waiting,
      coalesce(d.held_until > now(), false) AS is_held, d.problem,
      coalesce(d.delivered, 0) AS delivered, coalesce(d.unroutable, 0) AS unroutable,
      (SELECT count(*) FROM dead_letters WHERE delivery = asked.name) AS dead_letters
    FROM (SELECT CAST(:name AS text) AS name) AS asked
    LEFT JOIN deliveries AS d ON d.name = asked.name
    CROSS JOIN LATERAL (
      SELECT greatest(coalesce(d.cursor, 0), (SELECT min(cursor) FROM change_marks)) AS cursor
    ) AS place
    """)  # noqa: S608 - ours
)

# Whoever works at it notices that it does no longer, or by a holder that nobody is that it is to begin anew: it
# may be at that place already.
_GO_BACK = compiled(
    text("""
    UPDATE deliveries SET cursor = CAST(:cursor AS bigint), holder = '', held_until = '-infinity'
    WHERE name = :name AND cursor >= CAST(:cursor AS bigint)
    RETURNING name
    """)
)
_END = compiled(text("DELETE FROM deliveries WHERE name = :name RETURNING name"))

_DEAD_LETTERS = compiled(
    text("""
    SELECT cursor, event, reason, set_aside_at FROM dead_letters
    WHERE delivery = :name AND cursor > CAST(:after AS bigint) ORDER BY cursor LIMIT CAST(:size AS bigint)
    """),
    DeadLetter,
)
_FORGET = compiled(
    text("DELETE FROM dead_letters WHERE delivery = :name AND cursor = ANY (CAST(:cursors AS bigint[]))")
)
