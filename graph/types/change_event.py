"""A change that is told with the directory as it left it."""

import strawberry

from graph.directives.cache_control import INHERITED
from graph.types.change import (
    Change,
    CompanyType,
    LicenseType,
    LocationType,
    company_of_changes,
    license_of_changes,
    location_of_changes,
)


@strawberry.type(
    description=(
        "Something that became of a company, or of one of its locations or licenses, with all of these as the "
        "change left them, whatever has become of them since."
    ),
    directives=[INHERITED],
)
class ChangeEvent(Change):
    """A row of changes; its relations are read as of it (graph/types/events_as_of.py)."""

    company: CompanyType | None = strawberry.field(
        resolver=company_of_changes, description="The company as the change left it; null where it removed it."
    )
    location: LocationType | None = strawberry.field(
        resolver=location_of_changes,
        description="The location that it is about, as it left it; null where it removed it, or is about none.",
    )
    license: LicenseType | None = strawberry.field(
        resolver=license_of_changes,
        description="The license that it is about, as it left it; null where it removed it, or is about none.",
    )
