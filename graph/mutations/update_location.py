"""updateLocation: what people own of a place, and all of one that they entered."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from db.edits import locations
from db.edits.edit import Edit
from graph.context import Context
from graph.mutations.address_input import AddressInput
from graph.mutations.editing import (
    ValidateOnly,
    done,
    lock_location,
    nothing_done,
    require_entered,
    require_version,
    writing_of,
)
from graph.mutations.location_values import read_place
from graph.mutations.payload import LocationPayload
from graph.mutations.user_error import Problems, UserErrorCode
from graph.resolvers import single
from graph.types.enums import LocationKind
from graph.types.scalars import location_uuid


@strawberry.input(description="New values of a place: what is left out stays, null empties.")
class UpdateLocationInput:
    """A location by its id, and what to write."""

    id: strawberry.ID = strawberry.field(description="Which place, by its global id.")
    name: str | None = strawberry.field(default=UNSET, description="What the company calls this place.")
    email: str | None = strawberry.field(default=UNSET, description="E-mail address.")
    is_active: bool | None = strawberry.field(default=UNSET, description="Whether the place is in use.")
    address: AddressInput | None = strawberry.field(
        default=UNSET, description="Where it is, of a place that was entered by hand."
    )
    kind: LocationKind | None = strawberry.field(
        default=UNSET, description="WAREHOUSE or OTHER, of a place that was entered by hand."
    )
    phone: str | None = strawberry.field(
        default=UNSET, description="Telephone, of a place that was entered by hand."
    )
    phone_extension: str | None = strawberry.field(
        default=UNSET, description="What to dial after the number, of a place that was entered by hand."
    )
    fax: str | None = strawberry.field(default=UNSET, description="Fax, of a place that was entered by hand.")
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[UpdateLocationInput, strawberry.argument(description="Which place, and what to write.")]


@single
async def update_location(
    context: Context,
    input: Input,  # noqa: A002 - the argument's name in the schema
    validate_only: ValidateOnly = False,  # noqa: FBT002
) -> LocationPayload:
    """Write new values of a place."""
    problems = Problems()
    writing = writing_of(context)
    row = await lock_location(context, location_uuid(str(input.id)), problems)
    known = row["country"] if row is not None else "US"
    values = read_place(input, (input.address.country or "US") if input.address else known, problems)
    if input.is_active is None:
        problems.add(UserErrorCode.BLANK, "isActive is true or false.", "input", "isActive")
    elif input.is_active is not UNSET:
        values["is_active"] = input.is_active
    if row is not None:
        require_version(row, input.if_version, values, problems)
        require_entered(row, values, locations.ENTERED, problems)
        if input.address and not problems.found:
            place = {**{name: row[name] for name in ("npi", *locations.ADDRESS)}, **values}
            if await locations.has_twin(writing.transaction, place, other_than=row["id"]):
                message = "The company has a place with this address."
                problems.add(UserErrorCode.DUPLICATE, message, "input", "address")
    if row is None or problems.found:
        return nothing_done(writing, problems)  # type: ignore[return-value]
    changes = await locations.write(writing.transaction, [Edit(row, values)])
    return done(writing, changes, row["npi"], row["id"], only_try=validate_only)  # type: ignore[return-value]
