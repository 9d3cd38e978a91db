"""@cost and @listSize: what a field weighs, and how long its lists are.

After IBM's cost directives (https://ibm.github.io/graphql-specs/cost-spec.html): an object weighs 1 unless @cost
says otherwise. A leaf weighs a tenth, where IBM's weighs nothing: see docs/decisions/0009.
"""

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="cost", description="The cost of selecting this field once."
)
class Cost:
    """A field's own weight."""

    weight: str = strawberry.directive_field(name="weight")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many items a list has: as many as an argument asks for, or else an assumed number.",
)
class ListSize:
    """A list's size: the field itself where it is a list, else the named fields under it."""

    assumed_size: int = strawberry.directive_field(name="assumedSize")
    slicing_arguments: list[str] = strawberry.directive_field(name="slicingArguments")
    sized_fields: list[str] = strawberry.directive_field(name="sizedFields")


# A field without either.
UNSIZED = ListSize(assumed_size=1, slicing_arguments=[], sized_fields=[])
# What stands for a list that nothing is said of: those inside a row, such as its taxonomies.
SHORT = ListSize(assumed_size=3, slicing_arguments=[], sized_fields=[])

# What a leaf weighs, one value of a list among the arguments, and a field that the viewer may not use, whatever it
# would weigh else: an error with its place takes some 100 us.
LEAF = 0.1
LISTED = 0.1
REFUSED = 4.0

# No list is longer, in an answer or among the arguments; one that is gets refused by name when it is read.
LONGEST_LIST = 1_000

# Up to here a list is what a person looks at; what lists more is bulk.
SHORTEST_BULK = 100

# No mutation takes more rows.
MAX_ROWS = 500
