"""A directory with a history: what it held at each moment, read back, and made again from its changes."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import asyncpg

from db import past
from db.content import STAMPS
from db.engine import TURN_TO_THE_PAST
from db.reads import Reads
from db.tables import companies, licenses, locations

TABLES = {"companies": companies, "locations": locations, "licenses": licenses}
_KEYS = {"companies": "npi", "locations": "id", "licenses": "id"}

# Which column of a change has the key of a row, the first one that has any.
_TOLD_OF = (("location_id", "locations"), ("license_id", "licenses"), ("npi", "companies"))
_COMES = {"COMPANY_CREATED", "LOCATION_ADDED", "LOCATION_RESTORED", "LICENSE_ADDED"}
_GOES = {"COMPANY_REMOVED", "LOCATION_REMOVED", "LICENSE_REMOVED"}

# What a new row holds of which its change says nothing.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "companies": {"further_names": []},
    "locations": {},
    "licenses": {},
}

# By table and key.
Rows = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Moment:
    """What a directory holds, after the change with this cursor; stamps of files aside."""

    cursor: int
    rows: Rows


async def moment(connection: asyncpg.Connection) -> Moment:
    """What the directory holds now."""
    cursor = await connection.fetchval("SELECT coalesce(max(id), 0) FROM changes")
    return Moment(cursor, await _rows(connection))


async def moment_as_of(connection: asyncpg.Connection, cursor: int) -> Moment:
    """What the directory held, as the views of the schema `past` have it."""
    async with connection.transaction(readonly=True):
        await connection.execute(TURN_TO_THE_PAST.format(as_of=cursor))
        return Moment(cursor, await _rows(connection))


async def _rows(connection: asyncpg.Connection) -> Rows:
    found: Rows = {}
    for table, key in _KEYS.items():
        rows = await connection.fetch(f"SELECT (to_jsonb(t) - $1::text[])::text FROM {table} t", list(STAMPS))  # noqa: S608 - ours
        found[table] = {row[key]: row for row in (json.loads(text) for (text,) in rows)}
    return found


async def replay(connection: asyncpg.Connection, reads: Reads, start: Moment, end: int) -> Moment:
    """What a follower makes of a moment and of the changes after it, up to one; columns made of others aside."""
    rows = {table: {key: told(table, row) for key, row in held.items()} for table, held in start.rows.items()}
    query = "SELECT to_jsonb(c)::text FROM changes c WHERE id > $1 AND id <= $2 ORDER BY id"
    changes = [json.loads(text) for (text,) in await connection.fetch(query, start.cursor, end)]
    silent = [change["id"] for change in changes if change["kind"] in _COMES and change["new"] is None]
    values = await past.contents(reads, silent)
    for change in changes:
        _apply(rows, change, values)
    return Moment(end, rows)


def _apply(rows: Rows, change: dict[str, Any], values: Mapping[int, Any]) -> None:
    column, table = next(pair for pair in _TOLD_OF if change[pair[0]] is not None)
    key, held = change[column], rows[table]
    new = change["new"] or values.get(change["id"]) or {}
    if change["kind"] in _GOES:
        del held[key]
    elif change["kind"] in _COMES:
        assert key not in held
        keys = {"npi": change["npi"], _KEYS[table]: key}
        empty = dict.fromkeys(column.name for column in TABLES[table].c if column.name not in STAMPS)
        held[key] = told(table, {**empty, **_DEFAULTS[table], **deepcopy(new), **keys})
    else:
        held[key].update(deepcopy(new))
    counters = {"updated_at": change["updated_at"]}
    if table != "companies" and key in held:
        held[key].update(counters, version=change["part_version"])
    if change["npi"] in rows["companies"]:
        rows["companies"][change["npi"]].update(counters, version=change["version"])


def told(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without the columns that are made of others."""
    made_up = {column.name for column in TABLES[table].c if column.computed is not None}
    return {name: value for name, value in row.items() if name not in made_up}


def without_made_up(held: Moment) -> Moment:
    """A moment without the columns that are made of others."""
    rows = {table: {key: told(table, row) for key, row in rows.items()} for table, rows in held.rows.items()}
    return Moment(held.cursor, rows)
