"""What a watch list finds companies by, where it isn't a list of numbers."""

import strawberry

from graph.directives.example import Example
from graph.types.enums import NpiStatus


@strawberry.type(
    description=(
        "Which companies a watch list finds: all tests that aren't null hold. States, cities and ZIPs are "
        "those of any location of a company, not necessarily of the same one."
    )
)
class WatchFilter:
    """A filter of db/watch_filters.py."""

    states: list[str] | None = strawberry.field(description="It has a location in one of these states.")
    cities: list[str] | None = strawberry.field(description="It has a location in one of these cities.")
    postal_codes: list[str] | None = strawberry.field(description="It has a location with one of these ZIPs.")
    taxonomy_codes: list[str] | None = strawberry.field(description="It has one of these taxonomy codes.")
    parent_names: list[str] | None = strawberry.field(
        directives=[Example(value="ACME HOLDINGS INC")], description="Its parent has one of these names."
    )
    npi_statuses: list[NpiStatus] | None = strawberry.field(description="NPPES says one of these of its NPI.")
    words: list[str] | None = strawberry.field(
        directives=[Example(value="oxygen")], description="Its names hold all of these words."
    )
    is_active: bool | None = strawberry.field(description="The administrator's flag is this.")
