"""Texts that people enter, checked and brought into the form that is kept."""

import re
import unicodedata
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from graph.mutations.user_error import Problems, UserErrorCode

_ZIP = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?")
_TAX_ID = re.compile(r"[0-9]{2}-?[0-9]{3}([0-9]{4})")
_NATION = re.compile(r"[A-Z]{2}")

# Two-letter codes of ISO 3166-1 for places without a telephone code of their own.
_WITHOUT_TELEPHONE = {"AQ", "BV", "GS", "HM", "PN", "TF", "UM"}


class Texts:
    """Checks values of one input; what is wrong is told to its problems, and None comes back."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def required(self, value: str | None, most: int, *way: str) -> str | None:
        """A text of at most so many characters, which must be there."""
        found = self.text(value, most, *way)
        if found is None and (value is None or not value.strip()):
            self._problems.add(UserErrorCode.BLANK, f"{way[-1]} is needed.", *way)
        return found

    def text(self, value: str | None, most: int, *way: str) -> str | None:
        """A text of at most so many characters without blanks at its ends; None where nothing is left."""
        if value is None:
            return None
        found = unicodedata.normalize("NFC", value).strip()
        if len(found) > most:
            self._problems.add(UserErrorCode.TOO_LONG, f"{way[-1]} has more than {most} characters.", *way)
            return None
        # Control characters, halves of surrogate pairs, code points that are no characters.
        if any(unicodedata.category(each) in {"Cc", "Cs", "Cn"} for each in found):
            self._refuse(f"{way[-1]} holds a character that is no text, such as a tab or a line break.", *way)
            return None
        return found or None

    def email(self, value: str | None, *way: str) -> str | None:
        """An e-mail address (RFC 5321), its domain in lower case."""
        found = self.text(value, 254, *way)
        if found is None:
            return None
        try:
            return validate_email(found, check_deliverability=False).normalized
        except EmailNotValidError:
            self._refuse(f"{way[-1]} is no e-mail address, such as info@example.com.", *way)
            return None

    def website(self, value: str | None, *way: str) -> str | None:
        """A web address with http or https; https is put before one that has neither."""
        found = self.text(value, 500, *way)
        if found is None:
            return None
        address = found if "://" in found else f"https://{found}"
        try:
            parts = urlsplit(address)
            is_good = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and parts.port != 0
        except ValueError:
            is_good = False
        if not is_good or " " in address or parts.username is not None:
            self._refuse(f"{way[-1]} is no web address, such as https://example.com.", *way)
            return None
        return address

    def phone(self, value: str | None, country: str, *way: str) -> str | None:
        """A telephone number in E.164 form, read as one of the country where it names none itself."""
        found = self.text(value, 40, *way)
        if found is None:
            return None
        try:
            number = phonenumbers.parse(found, country.strip().upper())
        except phonenumbers.NumberParseException:
            number = None
        if number is None or number.extension or not phonenumbers.is_valid_number(number):
            self._refuse(f"{way[-1]} is no telephone number of {country}, such as +15125550100.", *way)
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def country(self, value: str | None, *way: str) -> str:
        """A country's two letters (ISO 3166-1); the United States where none is given."""
        found = (value or "US").strip().upper()
        if found not in phonenumbers.SUPPORTED_REGIONS and found not in _WITHOUT_TELEPHONE:
            self._refuse(f"{way[-1]} is no two-letter country code (ISO 3166-1), such as US.", *way)
        return found if _NATION.fullmatch(found) else "US"

    def zip_code(self, value: str | None, *way: str) -> tuple[str, str | None] | None:
        """An American ZIP, and the four digits of a ZIP+4."""
        match = _ZIP.fullmatch((value or "").strip())
        if match is None:
            self._refuse(f"{way[-1]} is no ZIP, such as 78701 or 78701-1234.", *way)
            return None
        return match[1], match[2]

    def tax_id(self, value: str | None, *way: str) -> str | None:
        """The last four digits of a tax id; the others aren't kept."""
        if value is None or not value.strip():
            return None
        match = _TAX_ID.fullmatch(value.strip())
        if match is None:
            self._refuse(f"{way[-1]} is no tax id, such as 12-3456789.", *way)
            return None
        return match[1]

    def _refuse(self, message: str, *way: str) -> None:
        self._problems.add(UserErrorCode.INVALID, message, *way)
