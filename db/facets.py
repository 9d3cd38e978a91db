"""Facets: the lists that a company is in, each as a text such as state=TX, as the view `listed` has them."""

from collections.abc import Sequence

from db.folding import fold

# The most groups of facets that one filter may have; each is a part of the statement.
MOST_GROUPS = 10

# Columns that people edit of companies, locations or licenses, and on which no facet depends.
FACETLESS = frozenset({
    "website", "tax_id_last4", "is_active_pinned", "mailing_address", "phone", "phone_extension", "fax", "email",
    "line1", "line2", "plus4", "position_precision", "time_zone",
    "number", "issuer", "issued_on", "source",
})  # fmt: skip

# Before what a company has, or one of its places, such as taxonomy=332B00000X and city=austin.
STATUS = "status="
PARENT = "parent="
WORD = "word="
TAXONOMY = "taxonomy="
STATE = "state="
CITY = "city="
ZIP = "zip="
KIND = "kind="
CELL = "cell="
# Before what a taxonomy code begins with.
TRADE = "trade="
# Before a facet of a place, such as home.city=austin: that of the primary location.
HOME = "home."
# Those of whether a company is active.
ACTIVE = "active"
INACTIVE = "inactive"
# That of a company one of whose places isn't in use.
IDLE = "idle"
# That of a company whose primary location isn't the registry's.
DISPLACED = "displaced"
# Before the month in which a license expires, such as expires=2026-11.
EXPIRES = "expires="
# More bytes than this of a name, a state, a city or a ZIP may not be listed.
LONGEST = 990


def may_be_found(facets: Sequence[str]) -> bool:
    """Return whether one of the facets that stand for a value is short enough to be listed."""
    return any(len(facet.partition("=")[2].encode()) <= LONGEST for facet in facets)


def of_state(state: str) -> list[str]:
    """The facets of a state: an American one by its code, a foreign one by its folded name."""
    return [f"{STATE}{state.upper()}", f"{STATE}{fold(state)}"]


def of_city(city: str) -> list[str]:
    """The facet of a city."""
    return [f"{CITY}{fold(city)}"]


def of_postal_code(code: str) -> list[str]:
    """The facet of a ZIP of five digits, or of a foreign code as it was registered."""
    return [f"{ZIP}{code}"]


def of_taxonomy(code: str) -> list[str]:
    """The facet of a taxonomy code."""
    return [f"{TAXONOMY}{code}"]


def of_activity(*, is_active: bool) -> list[str]:
    """The facet of whether a company is active."""
    return [ACTIVE if is_active else INACTIVE]


def of_parent(name: str) -> list[str]:
    """The facet of a parent's name."""
    return [f"{PARENT}{fold(name)}"]


def of_status(status: str) -> list[str]:
    """The facet of what NPPES says of an NPI."""
    return [f"{STATUS}{status}"]


def of_word(word: str) -> list[str]:
    """The facet of a folded word of a name."""
    return [f"{WORD}{word}"]
