"""Taxonomies: what the NUCC's codes stand for, where a file with their names was loaded."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Optional

import strawberry

from db import taxonomies
from db.columns import Asked
from db.filters import EVERYTHING
from db.folding import fold
from db.taxonomies import Classification, Narrowing
from db.taxonomies import Taxonomy as TaxonomyRow
from graph.cache.tags import tags_of_loads
from graph.context import Context
from graph.directives.cache_control import INHERITED
from graph.directives.cost import ListSize
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.resolvers import batched, depends_on, single
from graph.types import paging
from graph.types.paging import Listing, PageArguments, PageInfo, Slice, own_row
from graph.types.scalars import bare, trimmed
from graph.types.search import search_in

_CODE = re.compile(r"[0-9A-Z]{10}")
# The most that a classification has, that of clinics (261Q). Who goes down, up and down again gets as many each
# time.
SPECIALIZED = ListSize(assumed_size=60, slicing_arguments=[], sized_fields=[])

Code = Annotated[
    str, strawberry.argument(directives=[Example(value="332B00000X")], description="A code such as 332B00000X.")
]
Words = Annotated[
    str | None,
    strawberry.argument(
        directives=[Example(value="durable medical")],
        description=(
            "Words of its names, or its code, in any order, the last one whole or a prefix: durable medical eq."
        ),
    ),
]
InGrouping = Annotated[
    str | None, strawberry.argument(description="Only of this grouping, such as Suppliers; case is ignored.")
]
InClassification = Annotated[
    str | None, strawberry.argument(description="Only of this classification; case is ignored.")
]


async def taxonomy_by_code(
    context: Context, codes: Sequence[str], columns: Asked = None
) -> Sequence[TaxonomyRow | None]:
    """Return what each code stands for."""
    return await taxonomies.by_code(context.database, codes, columns)


@batched("grouping", "classification", "specialization")
async def broader_of_taxonomies(
    context: Context, parents: Sequence[TaxonomyRow], columns: Asked = None
) -> list[Optional["Taxonomy"]]:
    """Return what each taxonomy is a specialization of."""
    above = {_classification_of(row) for row in parents if row["specialization"] is not None}
    found = await _of_classifications(context, above, columns, specialized=False)
    return [
        next(iter(found[_classification_of(row)]), None) if row["specialization"] is not None else None
        for row in parents
    ]


@batched("grouping", "classification", "specialization")
async def narrower_of_taxonomies(
    context: Context, parents: Sequence[TaxonomyRow], columns: Asked = None
) -> list[list["Taxonomy"]]:
    """Return the specializations of each taxonomy."""
    below = {_classification_of(row) for row in parents if row["specialization"] is None}
    found = await _of_classifications(context, below, columns, specialized=True)
    return [found[_classification_of(row)] if row["specialization"] is None else [] for row in parents]


def _classification_of(row: TaxonomyRow) -> Classification:
    return Classification(row["grouping"], row["classification"])


async def _of_classifications(
    context: Context, wanted: set[Classification], columns: Asked, *, specialized: bool
) -> Mapping[Classification, Any]:
    if not wanted:
        return {}
    return await taxonomies.of_classifications(context.database, sorted(wanted), columns, specialized=specialized)


@strawberry.type(
    description=(
        "The meaning of a taxonomy code, in the NUCC's words: a specialization of a classification in a "
        "grouping, or a classification itself. There is none before a file of the NUCC is loaded."
    ),
    directives=[INHERITED],
)
class Taxonomy:
    """A taxonomy, resolved from a row of taxonomies."""

    row: ClassVar = TaxonomyRow

    code: str = strawberry.field(
        directives=[Example(value="332B00000X")], description="The code, such as 332B00000X."
    )
    name: str = strawberry.field(
        directives=[Example(value="Durable Medical Equipment & Medical Supplies")],
        description="Its name in a list.",
    )
    grouping: str = strawberry.field(
        directives=[Example(value="Suppliers")],
        description="The grouping that its classification is in, such as Suppliers.",
    )
    classification: str = strawberry.field(
        directives=[Example(value="Durable Medical Equipment & Medical Supplies")],
        description="The classification that it is, or specializes.",
    )
    specialization: str | None = strawberry.field(
        directives=[Example(value="Oxygen Equipment & Supplies")],
        description="The specialization; null for a classification.",
    )
    definition: str | None = strawberry.field(
        directives=[Example(value="A supplier of durable medical equipment.")],
        description="What it is, if the file says so.",
    )
    notes: str | None = strawberry.field(
        directives=[Example(value="Source: the NUCC [7/1/2003: new]")],
        description="Where the definition comes from, and since when it is in force.",
    )
    section: str | None = strawberry.field(
        directives=[Example(value="Non-Individual")], description="Whether it is for individuals or for others."
    )
    broader: Optional["Taxonomy"] = strawberry.field(
        resolver=broader_of_taxonomies,
        description="The classification that it specializes, if that has a code; null for a classification.",
    )
    narrower: list["Taxonomy"] = strawberry.field(
        resolver=narrower_of_taxonomies,
        directives=[SPECIALIZED],
        description="Its specializations, by code; empty for a specialization.",
    )


@strawberry.type(description="A taxonomy in a list.", directives=[INHERITED])
class TaxonomyEdge:
    """An edge, resolved from an EdgeRow."""

    cursor: str = strawberry.field(resolver=paging.edge_cursor, description="Where to continue after it.")
    node: Taxonomy = strawberry.field(resolver=paging.edge_node, description="The taxonomy.")


@strawberry.type(description="A page of taxonomies.", directives=[INHERITED])
class TaxonomyConnection:
    """A connection, resolved from a Slice."""

    edges: list[TaxonomyEdge] = strawberry.field(
        resolver=paging.slice_edges, description="The taxonomies with their cursors."
    )
    nodes: list[Taxonomy] = strawberry.field(
        resolver=paging.slice_nodes, description="The taxonomies without their cursors."
    )
    page_info: PageInfo = strawberry.field(resolver=own_row, description="Where the page is in the list.")


@single
@depends_on(tags_of_loads)
async def taxonomy(context: Context, code: Code, columns: Asked = None) -> Taxonomy | None:
    """Return what a code stands for; raises BadUserInputError for what can't be a code."""
    wanted = bare(code).upper()
    if not _CODE.fullmatch(wanted):
        raise BadUserInputError("A taxonomy code has ten letters and digits, as 332B00000X has.", field="code")
    return await context.loaders.load(taxonomy_by_code, context, wanted, {"columns": columns})  # type: ignore[no-any-return]


@single
@depends_on(tags_of_loads)
async def taxonomies_page(
    context: Context,
    columns: Asked = None,
    search: Words = None,
    grouping: InGrouping = None,
    classification: InClassification = None,
    first: paging.First = None,
    after: paging.After = None,
) -> TaxonomyConnection:
    """Return a page of taxonomies."""
    names = {"grouping": grouping, "classification": classification}
    folded = {name: fold(trimmed(given, name)) for name, given in names.items() if given is not None}
    narrowing = Narrowing(search_in(search).query or None, **folded)
    listing = Listing(f"taxonomies {narrowing}", taxonomies.BY_CODE, taxonomies.CODE_KEYS, EVERYTHING)
    window = paging.window(PageArguments(first, after), listing)
    return Slice(await taxonomies.page(context.database, narrowing, window, columns), listing)  # type: ignore[return-value]


@batched("code")
async def taxonomies_of_codes(
    context: Context, parents: Sequence[Mapping[str, Any]], columns: Asked = None
) -> list[Taxonomy | None]:
    """Return what the code of each parent stands for."""
    return await taxonomies_of(context, [row["code"] for row in parents], columns)


async def taxonomies_of(context: Context, codes: Sequence[str], columns: Asked) -> list[Taxonomy | None]:
    """Return what each of these codes stands for; None for one that isn't known."""
    unique = list(dict.fromkeys(codes))
    found = dict(zip(unique, await taxonomies.by_code(context.database, unique, columns), strict=True))
    return [found[code] for code in codes]  # type: ignore[misc]  # a row stands for its type
