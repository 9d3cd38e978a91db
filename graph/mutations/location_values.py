"""The columns that an input gives a location, checked."""

from typing import Any

from strawberry import UNSET

from graph.mutations.address_input import read_address
from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems, UserErrorCode
from graph.types.enums import LocationKind

# What the registry alone calls a place.
_OF_REGISTRY = {LocationKind.PRIMARY_PRACTICE, LocationKind.SECONDARY_PRACTICE}


def read_place(given: Any, country: str, problems: Problems) -> dict[str, object]:  # noqa: ANN401 - an input about a location
    """The columns that an input gives values; telephone numbers are read as those of a country."""
    texts = Texts(problems)
    values: dict[str, object] = {}
    if given.address is None:
        problems.add(UserErrorCode.BLANK, "address is needed.", "input", "address")
    elif given.address is not UNSET:
        values |= read_address(given.address, problems, "input", "address")
    if given.kind is None or given.kind in _OF_REGISTRY:
        problems.add(UserErrorCode.INVALID, "kind is WAREHOUSE or OTHER for places entered here.", "input", "kind")
    elif given.kind is not UNSET:
        values["kind"] = given.kind.value
    if given.name is not UNSET:
        values["name"] = texts.text(given.name, 200, "input", "name")
    if given.email is not UNSET:
        values["email"] = texts.email(given.email, "input", "email")
    if given.phone_extension is not UNSET:
        values["phone_extension"] = texts.text(given.phone_extension, 20, "input", "phoneExtension")
    for name in ("phone", "fax"):
        if (number := getattr(given, name)) is not UNSET:
            values[name] = texts.phone(number, country, "input", name)
    return values
