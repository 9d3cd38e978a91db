"""ZIPs as clients write them: five digits, or nine; what can be none is told, with the ZIP that may be meant."""

import re

from graph.errors import BadUserInputError
from graph.types.scalars import bare

# A ZIP or ZIP+4, with whatever dash, a blank, or nothing between; the group is the ZIP.
_ZIP = re.compile(r"([0-9]{5})(?:[ -]?[0-9]{4}|-)?")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00a0", "-"))
_NUMBER = re.compile(r"([0-9]+)(?:[ -]([0-9]*))?")
_LENGTH, _WITH_PLUS4 = 5, 9


def zip5(text: str, field: str) -> str | None:
    """Return the five digits of a ZIP or ZIP+4, None for what isn't of digits, such as a foreign postal code.

    Raises BadUserInputError for digits that can't be a ZIP.
    """
    code = bare(text).translate(_DASHES)
    if found := _ZIP.fullmatch(code):
        return found[1]
    if number := _NUMBER.fullmatch(code):
        raise BadUserInputError(
            f'A ZIP has five digits, or nine with its +4, and "{code}" has another number of them. '
            f'Perhaps "{_meant(number)}" is meant.',
            field=field,
        )
    return None


def _meant(number: re.Match[str]) -> str:
    """Return the likeliest ZIP: spreadsheets drop zeros at the front, and fingers repeat digits at the end."""
    digits = number[1]
    if number[2] is None and len(digits) == _WITH_PLUS4 - 1:
        return f"0{digits[:4]}"
    return digits.zfill(_LENGTH)[:_LENGTH]
