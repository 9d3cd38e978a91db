"""updateLocation: what people own of a place, and all of one that they entered."""

from collections.abc import Mapping

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import locations
from db.edits.edit import Edit
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.address_input import AddressInput
from graph.mutations.editing import lock_locations, require_entered, require_version, writing_of
from graph.mutations.location_values import read_place, refuse_twins
from graph.mutations.payload import OF_LOCATION
from graph.mutations.postal import check_places
from graph.mutations.rows import Row, Rows
from graph.mutations.user_error import UserErrorCode
from graph.mutations.verb import Verb
from graph.types.enums import LocationKind
from graph.types.examples import A_LOCATION


@strawberry.input(description="New values of a location: fields that are left out stay as they are, null clears.")
class UpdateLocationInput:
    """A location by its id, and what to write."""

    id: strawberry.ID = strawberry.field(
        directives=[A_LOCATION],
        description="Which location, by its global id.",
    )
    name: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="Houston warehouse")],
        description="What the company calls this location.",
    )
    email: str | None = strawberry.field(default=UNSET, description="E-mail address.")
    is_active: bool | None = strawberry.field(default=UNSET, description="Whether the location is in use.")
    address: AddressInput | None = strawberry.field(
        default=UNSET, description="Where it is, of a location that was entered by hand."
    )
    kind: LocationKind | None = strawberry.field(
        default=UNSET, description="WAREHOUSE or OTHER, of a location that was entered by hand."
    )
    phone: str | None = strawberry.field(
        default=UNSET, description="Telephone, of a location that was entered by hand."
    )
    phone_extension: str | None = strawberry.field(
        default=UNSET, description="The extension, of a location that was entered by hand."
    )
    fax: str | None = strawberry.field(default=UNSET, description="Fax, of a location that was entered by hand.")
    time_zone: str | None = strawberry.field(
        default=UNSET,
        description=(
            "Time zone (IANA), such as America/Chicago, of a location that was entered by hand, until it moves to "
            "another ZIP or country; null means that of its ZIP."
        ),
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


async def update_locations(context: Context, rows: Rows[UpdateLocationInput]) -> list[Change]:
    """Write new values of places."""
    await lock_locations(context, rows)
    for row in rows:
        row.values = read_values(row)
        require_version(row, row.values)
        require_entered(row, locations.ENTERED)
    await refuse_twins(context, rows)
    await check_places(context, rows)
    edits = [Edit(row.locked, row.values) for row in rows.to_write]
    return await locations.write(writing_of(context).transaction, edits)


def read_values(row: Row[UpdateLocationInput]) -> Mapping[str, object]:
    """The columns that an input gives new values, checked."""
    given = row.given
    known = row.locked["country"] if row.locked is not None else "US"
    values = read_place(given, (given.address.country or "US") if given.address else known, row.problems)
    if given.is_active is None:
        row.problems.add(UserErrorCode.BLANK, "isActive is true or false.", "isActive")
    elif given.is_active is not UNSET:
        values["is_active"] = given.is_active
    return values


UPDATE_LOCATION = Verb(update_locations, UpdateLocationInput, "Which place, and what to write.", OF_LOCATION)
