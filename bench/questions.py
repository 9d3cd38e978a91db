"""What is asked of a directory of the whole country: a list in an order, its first page and how many it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db import companies, locations
from db.engine import Database
from db.filters import EVERYTHING, Condition
from db.pages import OrderBy, Window
from graph.types.filters import CompanyFilter, LocationFilter, company_condition, location_condition
from graph.types.name_match import NameMatch

PAGE = Window(20)
BY_NPI: OrderBy = (("NPI", False),)
NEWEST_FIRST: OrderBy = (("NPPES_UPDATED_ON", True),)


@dataclass(frozen=True, slots=True)
class Question:
    """A list by a name that tells what it is narrowed by: of companies, or else of locations."""

    name: str
    condition: Condition
    order: OrderBy
    is_of_companies: bool = True

    async def read(self, database: Database) -> int:
        """Read the first page; return how many there are on it."""
        if self.is_of_companies:
            page = await companies.page(database, self.condition, self.order, PAGE)
        else:
            page = await locations.page(database, self.condition, self.order, PAGE)
        return len(page.rows)

    async def count(self, database: Database, cap: int) -> int:
        """Return how many the list has, cap + 1 at most."""
        count = companies.count if self.is_of_companies else locations.count
        return await count(database, self.condition, cap)


def of_companies(name: str, filter_: CompanyFilter, order: OrderBy = companies.BY_NAME) -> Question:
    """A list of companies."""
    return Question(name, company_condition(filter_), order)


def of_locations(name: str, filter_: LocationFilter, order: OrderBy = locations.BY_COMPANY) -> Question:
    """A list of locations."""
    return Question(name, location_condition(filter_), order, is_of_companies=False)


_TEXAS = ["TX"]
_SUPPLIERS = CompanyFilter(taxonomy_prefix=["332B"], is_active=True)
_WORDS_IN_TEXAS = CompanyFilter(search="medical supply", state=_TEXAS)

# Those that people ask most, and those that were slowest when companies had no listings.
USUAL: Sequence[Question] = (
    Question("first page", EVERYTHING, companies.BY_NAME),
    Question("by date", EVERYTHING, NEWEST_FIRST),
    of_companies("state TX", CompanyFilter(state=_TEXAS)),
    of_companies("state WY", CompanyFilter(state=["WY"])),
    of_companies("inactive", CompanyFilter(is_active=False)),
    of_companies(
        "state, taxonomy, active", CompanyFilter(state=_TEXAS, taxonomy_code=["332B00000X"], is_active=True)
    ),
    of_companies("one common word", CompanyFilter(search="medical")),
    of_companies("one letter", CompanyFilter(search="m")),
    of_companies("two words, state", _WORDS_IN_TEXAS),
    of_companies("two words, state, by NPI", _WORDS_IN_TEXAS, BY_NPI),
    of_companies("city", CompanyFilter(city=["Houston"])),
    of_companies("taxonomy begun", CompanyFilter(taxonomy_prefix=["332B"])),
    of_companies("a location in a state", CompanyFilter(has_location=LocationFilter(state=_TEXAS))),
    of_companies("or", CompanyFilter(or_=[CompanyFilter(state=["WY"]), CompanyFilter(city=["Houston"])])),
    of_companies("not state", CompanyFilter(not_=CompanyFilter(state=_TEXAS))),
    of_companies("name contains", CompanyFilter(name=NameMatch(contains="oxygen"))),
    of_locations("locations", LocationFilter()),
    of_locations("locations of a state by city", LocationFilter(state=_TEXAS), (("CITY", False),)),
    of_locations("locations of suppliers", LocationFilter(state=_TEXAS, company=_SUPPLIERS)),
)

# By the fields of the schema that ask for them.
COMPANY_ORDERS: Mapping[str, OrderBy] = {key: ((key, False),) for key in companies.SORT_KEYS}
LOCATION_ORDERS: Mapping[str, OrderBy] = {
    "COMPANY": locations.BY_COMPANY,
    **{key: ((key, False),) for key in ("CITY", "STATE", "POSTAL_CODE", "UPDATED_AT")},
}


def downward(order: OrderBy) -> OrderBy:
    """An order from its end."""
    return tuple((key, True) for key, _ in order)
