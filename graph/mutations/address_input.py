"""An address as people enter it."""

from collections.abc import Mapping

import strawberry
from strawberry import UNSET

from graph.mutations.texts import Texts
from graph.mutations.user_error import Problems, UserErrorCode
from graph.types.scalars import bare
from graph.types.states import CODE_OF

# Of the military's post besides (US Postal Service, Publication 28, Appendix B).
STATES = frozenset({*CODE_OF.values(), "AA", "AE", "AP"})


@strawberry.input(description="A whole postal address: parts that are left out are empty.")
class AddressInput:
    """An address to write."""

    line1: str = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(default=UNSET, description="Suite, floor, or further lines.")
    city: str = strawberry.field(description="City.")
    state: str | None = strawberry.field(
        default=UNSET, description="Two-letter state or territory; a province or nothing in other countries."
    )
    postal_code: str | None = strawberry.field(
        default=UNSET, description="ZIP or ZIP+4; a postal code or nothing in other countries."
    )
    country: str | None = strawberry.field(
        default=UNSET, description="Two-letter country code (ISO 3166-1); US if left out."
    )


def read_address(given: AddressInput, problems: Problems, *way: str) -> Mapping[str, str | None]:
    """The columns of an address; what is wrong with it is told to the problems."""
    texts = Texts(problems)
    country = texts.country(given.country or None, *way, "country")
    found = {
        "line1": texts.required(given.line1, 200, *way, "line1"),
        "line2": texts.text(given.line2 or None, 200, *way, "line2"),
        "city": texts.required(given.city, 100, *way, "city"),
        "country": country,
        "plus4": None,
    }
    if country != "US":
        state = texts.text(given.state or None, 100, *way, "state")
        return {
            **found,
            "state": state,
            "postal_code": texts.text(given.postal_code or None, 20, *way, "postalCode"),
        }
    state = bare(given.state or "").upper()
    if state not in STATES:
        problems.add(UserErrorCode.INVALID, "state is no state's two letters, such as TX.", *way, "state")
    postal_code, plus4 = texts.zip_code(given.postal_code or None, *way, "postalCode") or (None, None)
    return {**found, "state": state, "postal_code": postal_code, "plus4": plus4}
