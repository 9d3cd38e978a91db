"""Suggestions: the companies that somebody may mean who has typed the beginning of a name."""

from typing import Annotated

import strawberry

from db import relevance
from db.columns import Asked
from db.filters import EVERYTHING
from db.pages import Window
from db.relevance import Wanted
from graph.cache.tags import every_tag
from graph.context import Context
from graph.directives.cost import ListSize
from graph.directives.example import Example
from graph.errors import BadUserInputError
from graph.resolvers import depends_on, single
from graph.types.company import Company
from graph.types.examples import A_PREFIX
from graph.types.search import search_in

DEFAULT_SIZE = 10
MAX_SIZE = 20

SUGGESTED = ListSize(assumed_size=DEFAULT_SIZE, slicing_arguments=["first"], sized_fields=[])

Prefix = Annotated[
    str,
    strawberry.argument(
        directives=[A_PREFIX],
        description=(
            "The text typed so far, as in `search` of the filter; a text without letters and digits gets no "
            "suggestions."
        ),
    ),
]
First = Annotated[
    int,
    strawberry.argument(
        directives=[Example(value="10")], description=f"How many companies at most: 1 to {MAX_SIZE}."
    ),
]


@single
@depends_on(every_tag, is_dear=True)
async def suggest(
    context: Context, prefix: Prefix, first: First = DEFAULT_SIZE, columns: Asked = None
) -> list[Company]:
    """Return what somebody may mean; raises BadUserInputError."""
    if not 1 <= first <= MAX_SIZE:
        raise BadUserInputError(f"first is {first}; it must be from 1 to {MAX_SIZE}.", field="first")
    return await suggestions(context, prefix, first, columns)


async def suggestions(context: Context, prefix: str, first: int, columns: Asked) -> list[Company]:
    """Return the first companies in the order of relevance; raises BadUserInputError."""
    found = search_in(prefix, "prefix")
    if not found.words:
        return []
    page = await relevance.page(context.database, Wanted(EVERYTHING, found), Window(first), columns)
    return list(page.rows)  # type: ignore[arg-type]  # a row stands for its type
