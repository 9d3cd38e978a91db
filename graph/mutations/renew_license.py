"""renewLicense: one that expires later than it did, with its number or another."""

from collections.abc import Mapping
from datetime import date

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import licenses
from db.edits.edit import Edit
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.editing import lock_licenses, require_version, writing_of
from graph.mutations.license_twins import refuse_twins
from graph.mutations.payload import OF_LICENSE
from graph.mutations.rows import Row, Rows
from graph.mutations.texts import Texts
from graph.mutations.user_error import UserErrorCode
from graph.mutations.verb import Verb
from graph.types.examples import A_LICENSE


@strawberry.input(description="A license and its new expiry date.")
class RenewLicenseInput:
    """A license by its id, and its new last day."""

    id: strawberry.ID = strawberry.field(
        directives=[A_LICENSE],
        description="Which license, by its global id.",
    )
    expires_on: date = strawberry.field(
        directives=[Example(value="2031-06-30")], description="Its new last day, later than the present one."
    )
    number: str | None = strawberry.field(
        default=UNSET, directives=[Example(value="HQ-0078124")], description="Its new number, if it has one."
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


async def renew_licenses(context: Context, rows: Rows[RenewLicenseInput]) -> list[Change]:
    """Have licenses expire later."""
    await lock_licenses(context, rows)
    for row in rows:
        row.values = read_values(row)
        require_version(row, row.values)
        if row.locked is not None and row.given.expires_on <= row.locked["expires_on"]:
            message = f"It expires on {row.locked['expires_on']} already; give a later day."
            row.problems.add(UserErrorCode.INVALID, message, "expiresOn")
    await refuse_twins(context, rows)
    edits = [Edit(row.locked, row.values) for row in rows.to_write]
    return await licenses.renew(writing_of(context).transaction, edits)


def read_values(row: Row[RenewLicenseInput]) -> Mapping[str, object]:
    """The columns that a renewal gives new values; a number that NPPES doesn't tell was entered by hand."""
    given = row.given
    number = Texts(row.problems).text(given.number or None, 50, "number")
    values: dict[str, object] = {"expires_on": given.expires_on}
    if number is not None and row.locked is not None and number != row.locked["number"]:
        values |= {"number": number, "source": "MANUAL"}
    return values


RENEW_LICENSE = Verb(renew_licenses, RenewLicenseInput, "Which license, and its new last day.", OF_LICENSE)
