"""What the verbs have in common: locking what the viewer may change, holding its version, writing, recording."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import asyncpg
import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import companies, locations
from db.edits.companies import LockedCompany
from db.edits.edit import Edit
from db.edits.locations import LockedLocation
from graph.context import Context, Writing
from graph.mutations.user_error import Problems, UserErrorCode

# What the API calls the columns that people edit, where it isn't the column's name in another case.
FIELD_OF = {
    "tax_id_last4": "taxId",
    "is_active": "isActive",
    "is_active_pinned": "isActive",
    "parent_name": "parentName",
    "mailing_address": "mailingAddress",
    "phone_extension": "phoneExtension",
    **dict.fromkeys(locations.ADDRESS, "address"),
}

REGISTRY = "https://nppes.cms.hhs.gov"

ValidateOnly = Annotated[
    bool, strawberry.argument(description="Only try: the answer shows what would come of it, and nothing is kept.")
]


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


async def lock_company(context: Context, npi: str, problems: Problems) -> LockedCompany | None:
    """A company that the viewer may change, locked; None, and a problem, where there is none."""
    found = await companies.lock(writing_of(context).transaction, [npi], allowed_npis(context))
    if npi not in found:
        message = "There is no company with this NPI that you may change."
        problems.add(UserErrorCode.NOT_FOUND, message, "input", "npi")
    return found.get(npi)


async def lock_location(context: Context, id_: UUID, problems: Problems) -> LockedLocation | None:
    """A location whose company the viewer may change, locked; None, and a problem, where there is none."""
    found = await locations.lock(writing_of(context).transaction, [id_], allowed_npis(context))
    if id_ not in found:
        message = "There is no location with this id that you may change."
        problems.add(UserErrorCode.NOT_FOUND, message, "input", "id")
    return found.get(id_)


def require_version(
    row: asyncpg.Record, if_version: int | None, values: Mapping[str, object], problems: Problems
) -> None:
    """Tell where a row has another version than the one that the client has seen."""
    if if_version is None or if_version is UNSET or row["version"] == if_version:
        return
    problems.add(
        UserErrorCode.CONFLICT,
        f"It has version {row['version']} by now; look at it again.",
        "input",
        "ifVersion",
        current_version=row["version"],
        differing=sorted({FIELD_OF.get(name, name) for name, value in values.items() if row[name] != value}),
    )


def require_entered(
    row: asyncpg.Record, values: Mapping[str, object], entered: tuple[str, ...], problems: Problems
) -> None:
    """Tell of values that the registry owns, where a row comes from there."""
    if row["source"] == "MANUAL":
        return
    for name in dict.fromkeys(FIELD_OF.get(each, each) for each in entered if each in values):
        message = f"{name} comes from NPPES and is corrected there, at {REGISTRY}."
        problems.add(UserErrorCode.OWNED_BY_REGISTRY, message, "input", name)


def nothing_done(writing: Writing, problems: Problems) -> Mapping[str, object]:
    """Undo a mutation, and tell why; the payload."""
    writing.undo()
    return {"npi": None, "location_id": None, "user_errors": problems.found}


def done(
    writing: Writing, changes: Sequence[Change], npi: str, location_id: UUID | None = None, *, only_try: bool
) -> Mapping[str, object]:
    """Note what a mutation changed, and whether it was only tried; the payload."""
    writing.changes += changes
    if only_try:
        writing.rehearse()
    return {"npi": npi, "location_id": location_id, "user_errors": []}


async def save_company(
    context: Context,
    row: LockedCompany | None,
    values: Mapping[str, object],
    problems: Problems,
    if_version: int | None,
    *,
    only_try: bool,
) -> Mapping[str, object]:
    """Write new values of a locked company, or none of them where there are problems; the payload."""
    writing = writing_of(context)
    if row is not None:
        require_version(row, if_version, values, problems)
        require_entered(row, values, companies.ENTERED, problems)
    if row is None or problems.found:
        return nothing_done(writing, problems)
    changes = await companies.write(writing.transaction, [Edit(row, values)])
    return done(writing, changes, row["npi"], only_try=only_try)
