"""The end of the log of changes, for processes that keep what they read: where it is, and what is new in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text

from db.engine import Database
from db.statement import compiled


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends, and what else everything depends on.

    That is what changes with every load (how many there were, and the last one's number), and which day it is by
    the database's clock (UTC, since 1970).
    """

    cursor: int
    loads: tuple[int, int]
    day: int


class NewChange(asyncpg.Record):
    """What is new of a change: id, npi, location_id, license_id, load_id, facets_before and facets_after."""


async def head(database: Database) -> Head:
    """Where the log ends at this moment, all before it being committed."""
    [row] = await database.read(_HEAD)
    return Head(row["cursor"], (row["loads"], row["last_load"]), row["day"])


async def between(database: Database, after: int, until: int) -> Sequence[NewChange]:
    """The changes after one, up to another, in their order."""
    return await database.read(_BETWEEN, {"after": after, "until": until})


# Of a log that was trimmed to nothing, the place where it ended is known. A load that began earlier may end later,
# so the last number alone doesn't tell.
_HEAD = compiled(
    text("""
    SELECT greatest((SELECT max(id) FROM changes), (SELECT min(cursor) FROM change_marks), 0) AS cursor,
      count(*) AS loads, coalesce(max(id), 0) AS last_load, (now() AT TIME ZONE 'UTC')::date - date 'epoch' AS day
    FROM loads
    """)
)

_BETWEEN = compiled(
    text("""
    SELECT id, npi, location_id, license_id, load_id, facets_before, facets_after FROM changes
    WHERE id > :after AND id <= :until ORDER BY id
    """),
    NewChange,
    plans_once=True,
)
