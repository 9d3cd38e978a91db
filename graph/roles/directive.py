"""@requiresRole: who may use a field, a type, an argument, an input field or an enum value."""

import strawberry
from strawberry.schema_directive import Location

from graph.identity.viewer import Role


@strawberry.schema_directive(
    locations=[
        Location.FIELD_DEFINITION,
        Location.OBJECT,
        Location.ARGUMENT_DEFINITION,
        Location.INPUT_FIELD_DEFINITION,
        Location.ENUM_VALUE,
    ],
    name="requiresRole",
    description=(
        "One of these roles is needed to use this. With `above`, only longer lists need it. It is checked "
        "before anything runs, on every path to the field."
    ),
)
class RequiresRole:
    """Who may use a place of the schema."""

    any_of: list[Role] = strawberry.directive_field(name="anyOf")
    above: int | None = strawberry.directive_field(name="above", default=strawberry.UNSET)

    @property
    def longest(self) -> int | None:
        """Return the length up to which a list is open to everyone, if any is."""
        return self.above if isinstance(self.above, int) else None
