"""The tests of a name that a filter can have."""

import strawberry
from strawberry import UNSET

from graph.directives.example import Example
from graph.types.examples import A_NAME

# An index of trigrams can't find anything shorter.
MIN_CONTAINED = 3


@strawberry.input(
    description=(
        "Tests of a company's legal name. Case, accents, apostrophes and invisible characters are ignored; "
        "all kinds of dashes are the same, and so are all kinds of blanks and of quotation marks."
    )
)
class NameMatch:
    """Tests of a name; all that are given must hold."""

    eq: str | None = strawberry.field(
        default=UNSET,
        directives=[A_NAME],
        description="The whole name, without blanks at its ends.",
    )
    in_: list[str] | None = strawberry.field(
        name="in",
        default=UNSET,
        directives=[A_NAME],
        description="One of these whole names; an empty list matches nothing.",
    )
    starts_with: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="acme med")],
        description="The start of the name; ignored without a letter or digit.",
    )
    contains: str | None = strawberry.field(
        default=UNSET,
        directives=[Example(value="oxygen")],
        description=f"A part of the name, at least {MIN_CONTAINED} characters; no filter without letter or digit.",
    )
