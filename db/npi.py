"""National Provider Identifiers: which ten digits can be one, and the check digit that makes them so."""

from itertools import product
from typing import Literal

Verdict = Literal["VALID", "INVALID_FORMAT", "INVALID_CHECK_DIGIT"]

_DIGITS = "0123456789"
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

# What two digits add to the Luhn sum, the first of them doubled; nothing but [0-9] is a digit here.
_PAIRS = {first + second: _DOUBLED[int(first)] + int(second) for first, second in product(_DIGITS, _DIGITS)}
_LENGTH = 10

# What the card issuer prefix 80840, which an NPI carries inside an ISO 7812 number, adds to the Luhn sum.
_PREFIX_SUM = 24


def check_digit(nine: str) -> str:
    """Return the check digit for the first nine digits of an NPI (45 CFR 162.406, Luhn)."""
    return str(-_sum(nine + "0") % 10)


def verdict(text: str) -> Verdict:
    """Return whether a text is a well-formed NPI; it says nothing of whether the number was ever issued."""
    if len(text) != _LENGTH:
        return "INVALID_FORMAT"
    try:
        total = _sum(text)
    except KeyError:
        return "INVALID_FORMAT"
    if total % 10:
        return "INVALID_CHECK_DIGIT"
    # CMS numbers start with 1 or 2; 0000000006 has a good check digit and still can't be one.
    return "VALID" if text[0] in "12" else "INVALID_FORMAT"


def _sum(ten: str) -> int:
    """Return the Luhn sum of ten digits; raises KeyError for anything else."""
    pairs = _PAIRS
    return _PREFIX_SUM + pairs[ten[:2]] + pairs[ten[2:4]] + pairs[ten[4:6]] + pairs[ten[6:8]] + pairs[ten[8:]]
