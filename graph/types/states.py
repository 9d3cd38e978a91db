"""States as clients write them: two letters; the name of one is a mistake that would find nothing."""

from collections.abc import Mapping
from types import MappingProxyType

from graph.errors import BadUserInputError

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


def state_code(text: str) -> str:
    """Return a state as it is stored; raises BadUserInputError for the name of an American one.

    Foreign addresses have whatever was registered, so other texts are taken as they are.
    """
    state = text.strip().upper()
    if state in CODE_OF:
        raise BadUserInputError(
            f"state takes two-letter codes: {CODE_OF[state]} for {state.title()}.", field="state"
        )
    return state
