"""Verification of a list of NPIs, as rosters need it."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import enum_value

from db import verification
from db.columns import Asked
from db.verification import Verdict
from graph.cache.tags import Tags, company_tag, tags_with
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.cost import LONGEST_LIST, ListSize
from graph.errors import BadUserInputError
from graph.resolvers import batched, depends_on, single
from graph.types import paging
from graph.types.company import Company, company_by_npi
from graph.types.examples import A_NAME, AN_NPI
from graph.types.guards import BULK
from graph.types.paging import PageInfo, own_row
from graph.types.scalars import NPI, bare


@strawberry.enum(description="The possible verdicts on a number.")
class NpiCheckResult(Enum):
    """The verdict on one number."""

    ACTIVE = enum_value(
        "ACTIVE",
        description="In the directory, and not deactivated as far as is known (or entered by hand), whatever"
        " `isActive` of the company says.",
    )
    DEACTIVATED = enum_value("DEACTIVATED", description="Deactivated by CMS.")
    NOT_FOUND = enum_value(
        "NOT_FOUND",
        description="Well-formed, but not in the directory: never issued, or issued to a person.",
    )
    INVALID_FORMAT = enum_value("INVALID_FORMAT", description="Not ten digits, or the first isn't 1 or 2.")
    INVALID_CHECK_DIGIT = enum_value(
        "INVALID_CHECK_DIGIT", description="Ten digits with a wrong check digit: mistyped."
    )


@batched("npi")
async def company_of_verdicts(
    context: Context, parents: Sequence[Verdict], columns: Asked = None
) -> list[Company | None]:
    """Return the company that each verdict is about."""
    npis = list({row["npi"]: None for row in parents if row["npi"] is not None})
    found = dict(zip(npis, await company_by_npi(context, npis, columns), strict=True)) if npis else {}
    return [found.get(row["npi"]) for row in parents]


def candidates_of_verdicts(parents: Sequence[Verdict]) -> list[list[str]]:
    """Return the NPIs that the number of each verdict may have been meant as."""
    return [verification.candidates(bare(row["input"]), row["result"]) for row in parents]


def tags_of_candidates(parents: Sequence[Verdict], **_: object) -> Tags:
    """What the companies that may have been meant depend on."""
    return tags_with(company_tag(""), [each for found in candidates_of_verdicts(parents) for each in found])


@batched("input", "result")
@depends_on(tags_of_candidates)
async def companies_meant(
    context: Context, parents: Sequence[Verdict], columns: Asked = None
) -> list[list[Company]]:
    """Return the companies of the directory that the number of each verdict may have been meant as."""
    return await verification.meant(context.database, candidates_of_verdicts(parents), columns)  # type: ignore[return-value]


@strawberry.type(description="The verdict on one number of a list.", directives=[INHERITED])
class NpiVerification:
    """A number and what is known of it."""

    input: str = strawberry.field(
        directives=[AN_NPI],
        description=(
            "The number as it was sent. Blanks around it and invisible characters are ignored; a blank or a "
            "hyphen inside isn't."
        ),
    )
    result: NpiCheckResult = strawberry.field(description="The verdict.")
    name: str | None = strawberry.field(directives=[A_NAME], description="The legal business name, if known.")
    deactivated_on: date | None = strawberry.field(description="When the number was last deactivated.")
    reactivated_on: date | None = strawberry.field(description="When the number was last reactivated.")
    replacement_npi: NPI | None = strawberry.field(
        description="The number that has replaced it, if the registry names one."
    )
    company: Company | None = strawberry.field(
        resolver=company_of_verdicts,
        description="The company itself; null for a number that isn't found, or has only been seen deactivated.",
    )
    did_you_mean: list[Company] = strawberry.field(
        resolver=companies_meant,
        # Most numbers are good, and few others have any.
        directives=[ListSize(assumed_size=1, slicing_arguments=[], sized_fields=[])],
        description=(
            "For a number that is mistyped or isn't found: the companies whose number differs in one digit, or by "
            "two neighbouring digits swapped, the likeliest first. It may be none of them."
        ),
    )


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
    nodes: list[NpiVerification] = strawberry.field(
        resolver=paging.slice_nodes, description="The verdicts without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


Numbers = Annotated[
    list[str],
    strawberry.argument(
        description=f"At most {LONGEST_LIST} numbers, as they are in your list.",
        directives=[BULK, AN_NPI],
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
    numbers = [bare(number) for number in npis]
    return await verification.verdicts(context.database, npis, numbers)  # type: ignore[return-value]
