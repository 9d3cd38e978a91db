"""Verification of a list of NPIs, as rosters need it."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import enum_value

from db import companies, npi
from db.companies import Standing
from graph.cache.tags import Tags, company_tag, tags_with
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.cost import LONGEST_LIST
from graph.errors import BadUserInputError
from graph.resolvers import depends_on, single
from graph.types import paging
from graph.types.guards import BULK
from graph.types.paging import PageInfo, own_row
from graph.types.scalars import bare


@strawberry.enum(description="What is found out about a number.")
class NpiCheckResult(Enum):
    """The verdict on one number."""

    ACTIVE = enum_value(
        "ACTIVE", description="In the directory, and in force as far as is known (or entered by hand)."
    )
    DEACTIVATED = enum_value("DEACTIVATED", description="Deactivated by CMS.")
    NOT_FOUND = enum_value(
        "NOT_FOUND",
        description="Well-formed, but not in the directory: never issued, or issued to a person.",
    )
    INVALID_FORMAT = enum_value("INVALID_FORMAT", description="Not ten digits, or the first isn't 1 or 2.")
    INVALID_CHECK_DIGIT = enum_value(
        "INVALID_CHECK_DIGIT", description="Ten digits, but mistyped: the check digit doesn't fit."
    )


@strawberry.type(description="The verdict on one number of a list.", directives=[INHERITED])
class NpiVerification:
    """A number and what is known of it."""

    input: str = strawberry.field(
        description=(
            "The number as it was sent. Blanks round it don't count, nor what can't be seen; a blank or a hyphen "
            "inside does."
        )
    )
    result: NpiCheckResult = strawberry.field(description="The verdict.")
    name: str | None = strawberry.field(description="The legal business name, where it is known.")
    deactivated_on: date | None = strawberry.field(description="When the number was last deactivated.")
    reactivated_on: date | None = strawberry.field(description="When the number was last reactivated.")


@strawberry.type(description="The verdict on one number, in a list.")
class NpiVerificationEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: NpiVerification = strawberry.field(resolver=paging.edge_node, description="The verdict.")


@strawberry.type(description="A page of verdicts on numbers.")
class NpiVerificationConnection:
    """A connection, resolved from a Slice."""

    edges: list[NpiVerificationEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The verdicts with their cursors."
    )
    nodes: list[NpiVerification] = strawberry.field(resolver=paging.slice_nodes, description="The verdicts alone.")
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page stands.")


Numbers = Annotated[
    list[str],
    strawberry.argument(
        description=f"At most {LONGEST_LIST} numbers, as they stand in the list to be checked.", directives=[BULK]
    ),
]


def tags_of_numbers(npis: Sequence[str]) -> Tags:
    """What verdicts on numbers depend on."""
    return tags_with(company_tag(""), [bare(number) for number in npis])


@single
@depends_on(tags_of_numbers, is_dear=True)
async def verify_npis(context: Context, npis: Numbers) -> list[NpiVerification]:
    """Return the verdict on each number, in their order."""
    if len(npis) > LONGEST_LIST:
        raise BadUserInputError(f"At most {LONGEST_LIST} numbers at a time, not {len(npis)}.", field="npis")
    # Lists that are pasted have blanks round their numbers, and what can't be seen.
    numbers = {number: bare(number) for number in npis}
    forms = {number: npi.verdict(number) for number in set(numbers.values())}
    wellformed = [number for number, form in forms.items() if form == "VALID"]
    known = await companies.standings(context.database, wellformed) if wellformed else {}
    return [verdict(number, forms[numbers[number]], known.get(numbers[number])) for number in npis]  # type: ignore[misc]


def verdict(number: str, form: npi.Verdict, standing: Standing | None) -> Mapping[str, object]:
    """Return what a number's form and its standing in the directory add up to."""
    if standing is not None:
        result = "DEACTIVATED" if standing["npi_status"] == "DEACTIVATED" else "ACTIVE"
        return {"input": number, "result": result, **standing}
    unknown = dict.fromkeys(("name", "deactivated_on", "reactivated_on"))
    return {"input": number, "result": "NOT_FOUND" if form == "VALID" else form, **unknown}
