"""setCompanyActive: the administrator's flag, which the registry doesn't move any more once it is set here."""

from collections.abc import Mapping

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import companies
from graph.context import Context
from graph.mutations.editing import lock_companies, save_companies
from graph.mutations.payload import OF_COMPANY
from graph.mutations.rows import Row, Rows
from graph.mutations.verb import Verb
from graph.types.scalars import NPI


@strawberry.input(description="Whether a company is active here.")
class SetCompanyActiveInput:
    """A company by its NPI, and its flag."""

    npi: NPI = strawberry.field(description="Which company.")
    is_active: bool | None = strawberry.field(
        description="Its `isActive`, whatever the registry says; null leaves it to the registry again."
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


async def set_companies_active(context: Context, rows: Rows[SetCompanyActiveInput]) -> list[Change]:
    """Set the flags of companies, or leave them to the registry."""
    await lock_companies(context, rows)
    for row in rows:
        row.values = flags_of(row)
    return await save_companies(context, rows)


def flags_of(row: Row[SetCompanyActiveInput]) -> Mapping[str, object]:
    """What to write of a company."""
    if row.given.is_active is None and row.locked is not None:
        return {"is_active": companies.is_good(row.locked), "is_active_pinned": False}
    return {"is_active": row.given.is_active, "is_active_pinned": True}


SET_COMPANY_ACTIVE = Verb(set_companies_active, SetCompanyActiveInput, "Which company, and its flag.", OF_COMPANY)
