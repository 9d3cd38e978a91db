"""addLocation: a place that the registry doesn't know."""

from uuid import uuid4

import strawberry
from strawberry import UNSET

from db.changes import Change
from db.edits import locations
from graph.context import Context
from graph.directives.example import Example
from graph.mutations.address_input import AddressInput
from graph.mutations.editing import lock_companies, writing_of
from graph.mutations.location_values import read_place, refuse_twins
from graph.mutations.payload import OF_LOCATION
from graph.mutations.postal import check_places
from graph.mutations.rows import Rows
from graph.mutations.verb import Verb
from graph.types.enums import LocationKind
from graph.types.scalars import NPI

_BLANK = {**dict.fromkeys(locations.EDITABLE), "is_active": True}


@strawberry.input(description="A location to enter by hand.")
class AddLocationInput:
    """A company by its NPI, and one of its places."""

    npi: NPI = strawberry.field(description="The company that the location belongs to.")
    address: AddressInput = strawberry.field(
        description="Its address; the company must have no other location there."
    )
    name: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="Houston warehouse")],
        description="What the company calls this location.",
    )
    kind: LocationKind = strawberry.field(default=LocationKind.OTHER, description="Its kind: WAREHOUSE or OTHER.")
    phone: str | None = strawberry.field(
        default=UNSET, directives=[Example(value="+1 713 555 0100")], description="Telephone."
    )
    phone_extension: str | None = strawberry.field(
        default=UNSET, description="The extension to dial after the telephone number."
    )
    fax: str | None = strawberry.field(
        default=UNSET, directives=[Example(value="+1 713 555 0101")], description="Fax."
    )
    email: str | None = strawberry.field(default=UNSET, description="E-mail address.")
    time_zone: str | None = strawberry.field(
        default=UNSET, description="Time zone (IANA), such as America/Chicago; by default that of its ZIP."
    )


async def add_locations(context: Context, rows: Rows[AddLocationInput]) -> list[Change]:
    """Enter places; a company's first one is its primary one."""
    for row in rows:
        row.part_id = uuid4()
        row.values = read_place(row.given, row.given.address.country or "US", row.problems)
    await lock_companies(context, rows)
    await refuse_twins(context, rows)
    await check_places(context, rows, are_new=True)
    made = [{**_BLANK, "id": row.part_id, "npi": row.npi, **row.values} for row in rows.to_write]
    await locations.add(writing_of(context).transaction, made)
    return [
        Change(row.given.npi, "LOCATION_ADDED", row.locked["facets"], row.part_id, new=row.values)
        for row in rows.to_write
    ]


ADD_LOCATION = Verb(add_locations, AddLocationInput, "Whose place it is, and what is known of it.", OF_LOCATION)
