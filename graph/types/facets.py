"""Facets of a list of companies: how many of them have each value, the commonest first."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from db import companies
from db.columns import Asked, asks_for
from db.facet_counts import KINDS
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.cost import Cost, ListSize
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.resolvers import batched, depends_on, reads
from graph.types.paging import CountPrecision, Slice, tags_of_slices
from graph.types.taxonomy import Taxonomy, taxonomies_of

DEFAULT_TOP = 10
MAX_TOP = 100
# No more companies of a list are looked at: every thousand of them take milliseconds.
CAP = 5_000

# How many values are asked for.
TOP = ListSize(assumed_size=DEFAULT_TOP, slicing_arguments=["top"], sized_fields=[])
# Up to CAP listings are read, and all that is in them.
FACETED = Cost(weight="30")

Top = Annotated[
    int,
    strawberry.argument(
        directives=[Example(value="10")],
        description=f"How many values at most, the most frequent first: 1 to {MAX_TOP}.",
    ),
]

# The rows of each kind of facets that was asked for.
Facets = Mapping[str, list[companies.FacetCount]]


@strawberry.type(description="A value, and how many companies of a list have it.", directives=[INHERITED])
class FacetValue:
    """A row of companies.facets_of_each."""

    value: str = strawberry.field(directives=[Example(value="TX")], description="The value, to use in the filter.")
    count: int = strawberry.field(description="The number of companies, exactly or at least, as `precision` says.")
    precision: CountPrecision = strawberry.field(
        description=f"AT_LEAST if the list has more than {CAP} companies: others weren't counted."
    )


@batched("value")
async def taxonomies_of_values(
    context: Context, parents: Sequence[companies.FacetCount], columns: Asked = None
) -> list[Taxonomy | None]:
    """Return what the code of each value stands for."""
    return await taxonomies_of(context, [row["value"] for row in parents], columns)


@strawberry.type(description="A taxonomy code, and how many companies of a list have it.", directives=[INHERITED])
class TaxonomyFacetValue(FacetValue):
    """The same of a taxonomy code."""

    taxonomy: Taxonomy | None = strawberry.field(
        resolver=taxonomies_of_values,
        description="The taxonomy of the code; null if no file with its name was loaded.",
    )


@reads("state")
def state(root: Facets, top: Top = DEFAULT_TOP) -> list[FacetValue]:
    """Return the commonest states."""
    return commonest(root["state"], top)


@reads("taxonomy")
def taxonomy(root: Facets, top: Top = DEFAULT_TOP) -> list[TaxonomyFacetValue]:
    """Return the commonest taxonomy codes."""
    return commonest(root["taxonomy"], top)


@reads("status")
def status(root: Facets, top: Top = DEFAULT_TOP) -> list[FacetValue]:
    """Return the commonest statuses."""
    return commonest(root["status"], top)


def commonest(values: list[Any], top: int) -> list[Any]:
    """Return the first of some values; raises BadUserInputError for a number outside 1 to MAX_TOP."""
    if not 1 <= top <= MAX_TOP:
        raise BadUserInputError(f"top is {top}; it must be from 1 to {MAX_TOP}.", field="top")
    return values[:top]


@strawberry.type(
    description=(
        "How many companies of the whole list have each value, the most frequent first. At most "
        f"{CAP} companies are counted: in a longer list the ones that are found first, as `precision` says."
    ),
    directives=[INHERITED],
)
class CompanyFacets:
    """Resolved from Facets."""

    state: list[FacetValue] = strawberry.field(
        resolver=state,
        directives=[TOP],
        description="By the state of the primary location, for `state` of the filter.",
    )
    taxonomy: list[TaxonomyFacetValue] = strawberry.field(
        resolver=taxonomy,
        directives=[TOP],
        description=("By taxonomy code, for `taxonomyCode` of the filter; a company counts for each code it has."),
    )
    status: list[FacetValue] = strawberry.field(
        resolver=status,
        directives=[TOP],
        description="By the status of the NPI in NPPES, for `npiStatus` of the filter.",
    )


@batched()
@depends_on(tags_of_slices, is_dear=True)
async def facets_of_companies(
    context: Context, parents: Sequence[Slice], columns: Asked = None
) -> list[CompanyFacets]:
    """Return the facets of each list, as far as they were asked for."""
    kinds = [kind for kind in KINDS if asks_for(columns, kind)]
    if not kinds:
        return [{} for _ in parents]  # type: ignore[misc]
    conditions = [slice_.condition for slice_ in parents]
    return await companies.facets_of_each(context.database, conditions, kinds, CAP, MAX_TOP)  # type: ignore[return-value]
