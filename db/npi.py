"""National Provider Identifiers: which ten digits can be one, and the check digit that makes them so."""

import re
from typing import Literal

Verdict = Literal["VALID", "INVALID_FORMAT", "INVALID_CHECK_DIGIT"]

# [0-9], since \d also takes full-width and other scripts' digits.
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

# What the card issuer prefix 80840, which an NPI carries inside an ISO 7812 number, adds to the Luhn sum.
_PREFIX_SUM = 24


def check_digit(nine: str) -> str:
    """Return the check digit for the first nine digits of an NPI (45 CFR 162.406, Luhn)."""
    total = _PREFIX_SUM
    total += sum(_DOUBLED[int(digit)] for digit in nine[::2]) + sum(int(digit) for digit in nine[1::2])
    return str(-total % 10)


def verdict(text: str) -> Verdict:
    """Return whether a text is a well-formed NPI; it says nothing of whether the number was ever issued."""
    if not _TEN_DIGITS.fullmatch(text):
        return "INVALID_FORMAT"
    if check_digit(text[:9]) != text[9]:
        return "INVALID_CHECK_DIGIT"
    # CMS numbers start with 1 or 2; 0000000006 has a good check digit and still can't be one.
    return "VALID" if text[0] in "12" else "INVALID_FORMAT"
