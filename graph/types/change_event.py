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
        "A change of a company, or of one of its locations or licenses, with all of these as the change left "
        "them, even if they have changed again since."
    ),
    directives=[INHERITED],
)
class ChangeEvent(Change):
    """A row of changes; its relations are read as of it (graph/types/events_as_of.py)."""

    company: CompanyType | None = strawberry.field(
        resolver=company_of_changes,
        description="The company as the change left it; null if the change removed it.",
    )
    location: LocationType | None = strawberry.field(
        resolver=location_of_changes,
        description="The changed location, as the change left it; null if it was removed, or none was changed.",
    )
    license: LicenseType | None = strawberry.field(
        resolver=license_of_changes,
        description="The changed license, as the change left it; null if it was removed, or none was changed.",
    )
