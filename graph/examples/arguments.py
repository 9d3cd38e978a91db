"""The arguments that an operation is tried with: those that must be given, and a few that make it worth it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from graph.examples.values import Examples

# What is given besides what must be, by the root field or the input: else it is refused, or nothing is done.
BESIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "company": ("npi",),
    "companiesByNpi": ("npis",),
    "changes": ("after",),
    "companyChanged": ("after",),
    "locationChanged": ("after",),
    "AddLicenseInput": ("number", "state", "issuer"),
    "AddressInput": ("state", "postalCode"),
    "CreateWatchListInput": ("npis",),
    "ImportInput": ("validateOnly",),
    "RegisterWebhookInput": ("topics",),
    "SetCompanyActiveInput": ("isActive",),
    "UpdateCompanyInput": ("website",),
    "UpdateLocationInput": ("name",),
    "UpdateWatchListInput": ("name",),
    "UpdateWebhookInput": ("description",),
}
# Given wherever there is one: short pages, and nothing is kept.
ALWAYS: Final[Mapping[str, object]] = {"first": 3, "validateOnly": True}


def arguments_of(name: str, field: GraphQLField) -> Iterator[tuple[str, GraphQLArgument]]:
    """Yield the arguments that a root field is given, in their order."""
    for each, argument in field.args.items():
        if is_required_argument(argument) or each in ALWAYS or each in BESIDES.get(name, ()):
            yield each, argument


def value_for(coordinate: str, place: GraphQLArgument | GraphQLInputField, examples: Examples) -> Any:  # noqa: ANN401 - a value of JSON
    """Return what an argument, or a field of an input, is given: of an object what must be in it."""
    name = coordinate.rpartition("(")[2].rpartition(".")[2].removesuffix(":)")
    if name in ALWAYS:
        return ALWAYS[name]
    named = get_named_type(place.type)
    if not is_input_object_type(named):
        return examples.of(coordinate, place)
    value = {
        member: value_for(f"{named.name}.{member}", field, examples)
        for member, field in named.fields.items()
        if is_required_input_field(field) or member in BESIDES.get(named.name, ())
    }
    return [value] if is_list_type(get_nullable_type(place.type)) else value
