"""@atomic: a mutation that is done as a whole or not at all."""

import strawberry
from strawberry.directive import DirectiveLocation

NAME = "atomic"


@strawberry.directive(
    locations=[DirectiveLocation.MUTATION],
    name=NAME,
    description=(
        "Do all fields of this mutation or none. Each sees what those before it wrote; if one fails, the "
        "others are undone and have NOT_DONE in their `userErrors`. Set `validateOnly` on all of them or on "
        "none."
    ),
)
def atomic() -> None:
    """Nothing to resolve: it says how the operation is run (graph/execution/mutate.py)."""
