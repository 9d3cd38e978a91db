"""Telephone numbers as people write them, in E.164 form."""

import re
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

# An American number in its usual forms, and those that subscribers have, as nearly all: reading one of them as any
# number of the world takes 80 us.
_USUAL = re.compile(r"(?:\+?1)?[-. ]?\(?([2-9][0-9]{2})\)?[-. ]?([2-9][0-9]{2})[-. ]?([0-9]{4})")
_AMERICAN: Any = PhoneMetadata.metadata_for_region("US")
_OF_SUBSCRIBERS = re.compile(_AMERICAN.fixed_line.national_number_pattern)


def read_phone(text: str, country: str) -> str | None:
    """The number that a text is, read as one of the country where it names none itself; None for what is none."""
    if country == "US" and (usual := _USUAL.fullmatch(text)):
        digits = "".join(usual.groups())
        if _OF_SUBSCRIBERS.fullmatch(digits):
            return f"+1{digits}"
    return read_any(text, country)


def read_any(text: str, country: str) -> str | None:
    """The same, in every form that phonenumbers knows."""
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
