"""The end of the log of changes, for processes that keep what they read: where it is, and what is new in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text

from db.engine import Database
from db.statement import compiled


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends, the last touch of a tag included, and what else everything depends on.

    That is its epoch (how many loads there were, the last one's number, and when everything was touched, in
    microseconds since 1970: a time, since numbers are given again after a backup was restored), and which day it
    is by the database's clock (UTC, since 1970).
    """

    cursor: int
    epoch: tuple[int, int, int]
    day: int
    # The place of the last touch; 0 where there is none.
    touched: int = 0


class NewChange(asyncpg.Record):
    """What is new of a change: id, npi, location_id, license_id, load_id, facets_before and facets_after."""


async def head(database: Database) -> Head:
    """Where the log ends at this moment, all before it being committed."""
    [row] = await database.read(_HEAD)
    return head_of(row)


def head_of(row: asyncpg.Record) -> Head:
    """The head in a row of HEAD."""
    cursor, touched = row["cursor"], row["touched"]
    return Head(max(cursor, touched), (row["loads"], row["last_load"], row["cleared"]), row["day"], touched)


async def between(database: Database, after: int, until: int) -> Sequence[NewChange]:
    """The changes after one, up to another, in their order."""
    return await database.read(_BETWEEN, {"after": after, "until": until})


async def touches(database: Database, after: int) -> Sequence[tuple[int, str]]:
    """The tags that were touched after a change, each with the place of its last touch."""
    return [(row["cursor"], row["tag"]) for row in await database.read(_TOUCHES, {"after": after})]


# Of a log that was trimmed to nothing, the place where it ended is known. A load that began earlier may end later,
# so the last number alone doesn't tell.
HEAD = """
    SELECT greatest((SELECT max(id) FROM changes), (SELECT min(cursor) FROM change_marks), 0) AS cursor,
      loaded.*, touched.*, (now() AT TIME ZONE 'UTC')::date - date 'epoch' AS day
    FROM (SELECT count(*) AS loads, coalesce(max(id), 0) AS last_load FROM loads) AS loaded
    CROSS JOIN (
      SELECT coalesce(max(cursor), 0) AS touched,
        coalesce(extract(epoch FROM max(touched_at) FILTER (WHERE tag = 'any')) * 1000000, 0)::bigint AS cleared
      FROM touched_tags
    ) AS touched
"""
_HEAD = compiled(text(HEAD))

_BETWEEN = compiled(
    text("""
    SELECT id, npi, location_id, license_id, load_id, facets_before, facets_after FROM changes
    WHERE id > :after AND id <= :until ORDER BY id
    """),
    NewChange,
    plans_once=True,
)

_TOUCHES = compiled(text("SELECT cursor, tag FROM touched_tags WHERE cursor > :after"), plans_once=True)
