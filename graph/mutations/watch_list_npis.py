"""A watch list of NPIs and some of these, for the verbs that add them and take them out."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph.directives.cost import LONGEST_LIST
from graph.types.examples import A_WATCH_LIST
from graph.types.scalars import NPI


@strawberry.input(description="A watch list and NPIs.")
class WatchListNpisInput:
    """A list by its id, and NPIs."""

    id: strawberry.ID = strawberry.field(
        directives=[A_WATCH_LIST],
        description="Which list of NPIs.",
    )
    npis: list[NPI] = strawberry.field(
        description=f"At most {LONGEST_LIST}; those that it already has, or doesn't have, are ignored."
    )
    if_version: int | None = strawberry.field(
        default=UNSET, description="Do it only if this is still its `version`."
    )


Input = Annotated[WatchListNpisInput, strawberry.argument(description="Which list, and which NPIs.")]
