"""The columns that an input gives a location, checked, and that no other one of the company has its address."""

from collections.abc import Callable, Mapping
from typing import Any

from strawberry import UNSET

from db.edits import locations, twins
from graph.context import Context
from graph.mutations.address_input import read_address
from graph.mutations.editing import writing_of
from graph.mutations.rows import Rows
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
        problems.add(UserErrorCode.BLANK, "address is needed.", "address")
    elif given.address is not UNSET:
        values |= read_address(given.address, problems, "address")
    if given.kind is None or given.kind in _OF_REGISTRY:
        problems.add(UserErrorCode.INVALID, "kind is WAREHOUSE or OTHER for places entered here.", "kind")
    elif given.kind is not UNSET:
        values["kind"] = given.kind.value
    read: Mapping[str, Callable[[str | None], str | None]] = {
        "name": lambda text: texts.text(text, 200, "name"),
        "email": lambda text: texts.email(text, "email"),
        "phone": lambda text: texts.phone(text, country, "phone"),
        "phone_extension": lambda text: texts.text(text, 20, "phoneExtension"),
        "fax": lambda text: texts.phone(text, country, "fax"),
        "time_zone": lambda text: texts.time_zone(text, "timeZone"),
    }
    return values | {name: check(getattr(given, name)) for name, check in read.items() if _is_given(given, name)}


def _is_given(given: Any, name: str) -> bool:  # noqa: ANN401 - an input
    return getattr(given, name) is not UNSET


async def refuse_twins(context: Context, rows: Rows[Any], way: str = "address") -> None:
    """Tell each good row that gives its company a place which that has already, or gets by an earlier row.

    `way` is the one to the value that says which place it is.
    """
    placed = [row for row in rows.good if "line1" in row.values]
    places = [
        {**{name: row.values[name] for name in locations.ADDRESS}, "id": row.part_id, "npi": row.npi}
        for row in placed
    ]
    found = await twins.find(writing_of(context).transaction, places)
    listed = {row.part_id for row in placed}
    for row, twin in zip(placed, found, strict=True):
        if twin is not None:
            whose = "An earlier row of the list gives the company" if twin in listed else "The company has"
            row.problems.add(UserErrorCode.DUPLICATE, f"{whose} a place with this address.", way)
