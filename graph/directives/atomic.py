"""@atomic: a mutation that is done as a whole or not at all."""

import strawberry
from strawberry.directive import DirectiveLocation

NAME = "atomic"


@strawberry.directive(
    locations=[DirectiveLocation.MUTATION],
    name=NAME,
    description=(
        "Do all fields of this mutation or none. Each sees what those before it wrote; where one can't be done, "
        "nothing is kept of the others, which say so with NOT_DONE in their `userErrors`. Give `validateOnly` to "
        "all of them or to none."
    ),
)
def atomic() -> None:
    """Nothing to resolve: it says how the operation is run (graph/execution/mutate.py)."""
