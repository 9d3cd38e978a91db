"""What the verbs have in common: locking what the viewer may change, holding its version, writing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from strawberry import UNSET

from db.changes import Change
from db.edits import companies, licenses, locations
from db.edits.edit import Edit
from db.transaction import Transaction
from graph.context import Context, Writing
from graph.errors import BadUserInputError
from graph.mutations.rows import Row, Rows
from graph.mutations.user_error import UserErrorCode
from graph.types.scalars import license_uuid, location_uuid

# What the API calls the columns that people edit, where it isn't the column's name in another case.
FIELD_OF = {
    "tax_id_last4": "taxId",
    "is_active": "isActive",
    "is_active_pinned": "isActive",
    "parent_name": "parentName",
    "mailing_address": "mailingAddress",
    "phone_extension": "phoneExtension",
    "expires_on": "expiresOn",
    "time_zone": "timeZone",
    **dict.fromkeys(locations.ADDRESS, "address"),
}

REGISTRY = "https://nppes.cms.hhs.gov"

# Locks what has ids, of the companies with the allowed NPIs (None allows all); by id.
LockByIds = Callable[[Transaction, Sequence[UUID], Sequence[str] | None], Awaitable[Mapping[UUID, asyncpg.Record]]]


def writing_of(context: Context) -> Writing:
    """Where a mutation writes."""
    if context.writing is None:
        raise TypeError("Only mutations write.")
    return context.writing


def may_change(context: Context, npi: str) -> bool:
    """Whether the viewer may change the company with an NPI."""
    allowed = context.viewer.writable
    return allowed is None or npi in allowed


def allowed_npis(context: Context) -> list[str] | None:
    """The NPIs of the companies that the viewer may change; None for all."""
    allowed = context.viewer.writable
    return None if allowed is None else sorted(allowed)


async def lock_companies(context: Context, rows: Rows[Any]) -> None:
    """Lock the companies that rows name by `npi`, as far as the viewer may change them."""
    npis, writing = list(dict.fromkeys(row.given.npi for row in rows)), writing_of(context)
    found = await companies.lock(writing.transaction, npis, allowed_npis(context), writing.shown)
    missing = "There is no company with this NPI that you may change."
    for row in rows:
        row.lock(found.get(row.given.npi), missing, "npi")


async def lock_locations(context: Context, rows: Rows[Any]) -> None:
    """Lock the locations that rows name by `id`, and their companies, as far as the viewer may change them."""
    missing = "There is no location with this id that you may change."
    await lock_by_ids(context, rows, location_uuid, locations.lock, missing)


async def lock_licenses(context: Context, rows: Rows[Any]) -> None:
    """Lock the licenses that rows name by `id`, and their companies, as far as the viewer may change them."""
    missing = "There is no license with this id that you may change."
    await lock_by_ids(context, rows, license_uuid, licenses.lock, missing)


async def lock_by_ids(
    context: Context, rows: Rows[Any], read_id: Callable[[str], UUID], lock: LockByIds, missing: str
) -> None:
    """Lock what rows name by `id`, each once; `missing` is said where there is none that the viewer may change."""
    for row in rows:
        try:
            row.part_id = read_id(str(row.given.id))
        except BadUserInputError as error:
            row.problems.add(UserErrorCode.INVALID, error.message, "id")
    ids = dict.fromkeys(row.part_id for row in rows if row.part_id)
    found = await lock(writing_of(context).transaction, list(ids), allowed_npis(context))
    for row in rows:
        if row.part_id is not None:
            row.lock(found.get(row.part_id), missing, "id")
    rows.refuse_repeats(lambda row: row.part_id, "An earlier row of the list has this id.", "id")


def require_version(row: Row[Any], values: Mapping[str, object]) -> None:
    """Tell where a locked row has another version than the one that the client has seen."""
    locked, seen = row.locked, row.given.if_version
    if locked is None or seen is None or seen is UNSET or locked["version"] == seen:
        return
    row.problems.add(
        UserErrorCode.CONFLICT,
        f"It has version {locked['version']} by now; look at it again.",
        "ifVersion",
        current_version=locked["version"],
        differing=sorted({FIELD_OF.get(name, name) for name, value in values.items() if locked[name] != value}),
    )


def require_entered(row: Row[Any], entered: tuple[str, ...]) -> None:
    """Tell of values that the registry owns, where a locked row comes from there."""
    if row.locked is None or row.locked["source"] == "MANUAL":
        return
    for name in dict.fromkeys(FIELD_OF.get(each, each) for each in entered if each in row.values):
        message = f"{name} comes from NPPES and is corrected there, at {REGISTRY}."
        row.problems.add(UserErrorCode.OWNED_BY_REGISTRY, message, name)


async def save_companies(context: Context, rows: Rows[Any]) -> list[Change]:
    """Write the values of rows to their locked companies, one row for each company; what to record."""
    rows.refuse_repeats(lambda row: row.given.npi, "An earlier row of the list is about this company.", "npi")
    for row in rows:
        require_version(row, row.values)
        require_entered(row, companies.ENTERED)
    edits, writing = [Edit(row.locked, row.values) for row in rows.to_write], writing_of(context)
    if writing.shown is not None:
        shown = writing.shown
        writing.written = {edit.row["npi"]: companies.as_written(edit, shown) for edit in edits}
    return await companies.write(writing.transaction, edits)
