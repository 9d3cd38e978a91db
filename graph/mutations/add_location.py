"""addLocation: a place that the registry doesn't know."""

from typing import Annotated
from uuid import uuid4

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import locations
from graph.context import Context
from graph.mutations.address_input import AddressInput
from graph.mutations.editing import ValidateOnly, done, lock_company, nothing_done, writing_of
from graph.mutations.location_values import read_place
from graph.mutations.payload import LocationPayload
from graph.mutations.user_error import Problems, UserErrorCode
from graph.resolvers import single
from graph.types.enums import LocationKind
from graph.types.scalars import NPI


@strawberry.input(description="A place to enter by hand.")
class AddLocationInput:
    """A company by its NPI, and one of its places."""

    npi: NPI = strawberry.field(description="Whose place it is.")
    address: AddressInput = strawberry.field(description="Where it is; the company has no other place there.")
    name: str | None = strawberry.field(default=UNSET, description="What the company calls this place.")
    kind: LocationKind = strawberry.field(
        default=LocationKind.OTHER, description="What the place is to its company; WAREHOUSE or OTHER."
    )
    phone: str | None = strawberry.field(default=UNSET, description="Telephone.")
    phone_extension: str | None = strawberry.field(
        default=UNSET, description="What to dial after the telephone number."
    )
    fax: str | None = strawberry.field(default=UNSET, description="Fax.")
    email: str | None = strawberry.field(default=UNSET, description="E-mail address.")


Input = Annotated[AddLocationInput, strawberry.argument(description="Whose place it is, and what is known of it.")]


@single
async def add_location(context: Context, input: Input, validate_only: ValidateOnly = False) -> LocationPayload:  # noqa: A002, FBT002 - names of the schema
    """Enter a place; a company's first one is its primary one."""
    problems = Problems()
    writing = writing_of(context)
    values = read_place(input, input.address.country or "US", problems)
    company = await lock_company(context, input.npi, problems)
    id_ = uuid4()
    row = {**dict.fromkeys(locations.EDITABLE), "is_active": True, "id": id_, "npi": input.npi, **values}
    if not problems.found and await locations.has_twin(writing.transaction, row):
        problems.add(UserErrorCode.DUPLICATE, "The company has a place with this address.", "input", "address")
    if company is None or problems.found:
        return nothing_done(writing, problems)  # type: ignore[return-value]
    await locations.add(writing.transaction, [row])
    added = Change(input.npi, "LOCATION_ADDED", company["facets"], id_, new=values)
    return done(writing, [added], input.npi, id_, only_try=validate_only)  # type: ignore[return-value]
