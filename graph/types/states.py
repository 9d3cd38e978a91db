"""States as clients write them: two letters; the name of an American one is a mistake that would find nothing."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import cast

from db import states
from db.filters import Condition, Group
from db.folding import fold
from db.reads import Reads
from graph.errors import BadUserInputError
from graph.types.scalars import bare

# US Postal Service, Publication 28, Appendix B: states, territories and freely associated states.
_CODES = (
    "AL ALABAMA, AK ALASKA, AS AMERICAN SAMOA, AZ ARIZONA, AR ARKANSAS, CA CALIFORNIA, CO COLORADO, CT "
    "CONNECTICUT, DE DELAWARE, DC DISTRICT OF COLUMBIA, FM FEDERATED STATES OF MICRONESIA, FL FLORIDA, GA "
    "GEORGIA, GU GUAM, HI HAWAII, ID IDAHO, IL ILLINOIS, IN INDIANA, IA IOWA, KS KANSAS, KY KENTUCKY, LA "
    "LOUISIANA, ME MAINE, MH MARSHALL ISLANDS, MD MARYLAND, MA MASSACHUSETTS, MI MICHIGAN, MN MINNESOTA, "
    "MS MISSISSIPPI, MO MISSOURI, MT MONTANA, NE NEBRASKA, NV NEVADA, NH NEW HAMPSHIRE, NJ NEW JERSEY, NM "
    "NEW MEXICO, NY NEW YORK, NC NORTH CAROLINA, ND NORTH DAKOTA, MP NORTHERN MARIANA ISLANDS, OH OHIO, "
    "OK OKLAHOMA, OR OREGON, PW PALAU, PA PENNSYLVANIA, PR PUERTO RICO, RI RHODE ISLAND, SC SOUTH "
    "CAROLINA, SD SOUTH DAKOTA, TN TENNESSEE, TX TEXAS, UT UTAH, VT VERMONT, VI VIRGIN ISLANDS, VA "
    "VIRGINIA, WA WASHINGTON, WV WEST VIRGINIA, WI WISCONSIN, WY WYOMING"
)
CODE_OF: Mapping[str, str] = MappingProxyType({each[3:]: each[:2] for each in _CODES.split(", ")})

_CODE_BY_NAME = {fold(name): code for name, code in CODE_OF.items()}
_CODE_LENGTH = 2


def spellings(state: str) -> list[str] | None:
    """Return two letters in each case, as a foreign address may have them; None for any other text."""
    code = bare(state)
    if len(code) != _CODE_LENGTH or not (code.isascii() and code.isalpha()):
        return None
    return ["".join(letters) for letters in product(*((letter.upper(), letter.lower()) for letter in code))]


async def must_be_known(database: Reads, condition: Condition) -> None:
    """Raise BadUserInputError for the name of an American state, unless foreign addresses have it as well."""
    await names_must_be_known(database, _names(condition), "state")


async def names_must_be_known(database: Reads, names: Iterable[str], field: str) -> None:
    """Do the same for the folded names that a field has."""
    american = [name for name in names if name in _CODE_BY_NAME]
    if american:
        known = await states.foreign(database, american)
        for name in american:
            if name not in known:
                raise BadUserInputError(
                    f"{field} takes two-letter codes: {_CODE_BY_NAME[name]} for {name.title()}.", field=field
                )


def _names(condition: Condition) -> Iterator[str]:
    """Yield the folded names of states in a condition."""
    if isinstance(condition, Group):
        for inner in condition.conditions:
            yield from _names(inner)
    elif condition.name == "state_name":
        yield from cast("list[str]", condition.values[1])
