"""National Provider Identifiers: which ten digits can be one, and the check digit that makes them so."""

from itertools import pairwise, product
from typing import Literal

Verdict = Literal["VALID", "INVALID_FORMAT", "INVALID_CHECK_DIGIT"]

_DIGITS = "0123456789"
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

# What two digits add to the Luhn sum, the first of them doubled; nothing but [0-9] is a digit here.
_PAIRS = {first + second: _DOUBLED[int(first)] + int(second) for first, second in product(_DIGITS, _DIGITS)}
# What a digit adds by the place that it stands in, from the first on.
_SHARES = (_DOUBLED, tuple(range(10)))
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


def near(text: str) -> list[str]:
    """Return the NPIs that a text of ten digits may have been meant as, the likeliest first: none of other texts.

    They are those with two neighbours swapped, then those with another digit in one place; 19 at most. Of all the
    digits that may stand in a place one alone makes the check digit fit.
    """
    if len(text) != _LENGTH or not (text.isascii() and text.isdigit()):
        return []
    digits = [int(digit) for digit in text]
    shares = [_SHARES[place % 2] for place in range(_LENGTH)]
    excess = _sum(text) % 10
    found = []
    for place, (one, other) in enumerate(pairwise(digits)):
        left, right = shares[place], shares[place + 1]
        if one != other and (excess + left[other] - left[one] + right[one] - right[other]) % 10 == 0:
            found.append(f"{text[:place]}{other}{one}{text[place + 2 :]}")
    for place, digit in enumerate(digits):
        right_one = shares[place].index((shares[place][digit] - excess) % 10)
        if right_one != digit:
            found.append(f"{text[:place]}{right_one}{text[place + 1 :]}")
    return [number for number in found if number[0] in "12"]


def _sum(ten: str) -> int:
    """Return the Luhn sum of ten digits; raises KeyError for anything else."""
    pairs = _PAIRS
    return _PREFIX_SUM + pairs[ten[:2]] + pairs[ten[2:4]] + pairs[ten[4:6]] + pairs[ten[6:8]] + pairs[ten[8:]]
