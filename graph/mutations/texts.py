"""Texts that people enter, checked and brought into the form that is kept."""

import re
import unicodedata
from importlib.resources import files
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from graph.mutations.phones import read_phone
from graph.mutations.user_error import Problems, UserErrorCode
from graph.types.countries import AMERICAN, COUNTRIES
from graph.types.scalars import without_unseen_ends

_ZIP = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?")
_TAX_ID = re.compile(r"[0-9]{2}-?[0-9]{3}([0-9]{4})")
# A host's name in ASCII (RFC 1123, section 2.1): labels of which the last one is no number.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# What most web addresses look like; taking others apart takes 20 us.
USUAL_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}(?:/[A-Za-z0-9./_~-]*)?"
)
# What a web address can't hold (RFC 3986, appendix A), besides blanks.
_OUTSIDE_ADDRESSES = frozenset('<>"\\^`{|}')

# IANA's, as the package tzdata has them on every machine; "Factory" stands for one that nobody has set.
_TIME_ZONES = frozenset(files("tzdata").joinpath("zones").read_text("ascii").split()) - {"Factory"}

# Control characters, halves of surrogate pairs, code points that are no characters or private ones, ends of lines.
_NO_TEXT = frozenset({"Cc", "Cs", "Cn", "Co", "Zl", "Zp"})
# What makes a text read otherwise than it is written (Unicode, UAX #9, section 2).
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Texts:
    """Checks values of one input; what is wrong is told to its problems, and None comes back."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def required(self, value: str | None, most: int, *way: str) -> str | None:
        """A text of at most so many characters, which must be there."""
        told = len(self._problems.found)
        found = self.text(value, most, *way)
        if found is None and len(self._problems.found) == told:
            self._problems.add(UserErrorCode.BLANK, f"{way[-1]} is needed.", *way)
        return found

    def text(self, value: str | None, most: int, *way: str) -> str | None:
        """A text of at most so many characters, without the unseen at its ends; None where nothing is left."""
        if value is None:
            return None
        found = without_unseen_ends(unicodedata.normalize("NFC", value))
        if len(found) > most:
            self._problems.add(UserErrorCode.TOO_LONG, f"{way[-1]} has more than {most} characters.", *way)
            return None
        for each in () if found.isascii() and found.isprintable() else found:
            if each in _REORDERING or unicodedata.category(each) in _NO_TEXT:
                code = f"U+{ord(each):04X}"
                self._refuse(f"{way[-1]} holds {code}; tabs, ends of lines and their like are no text.", *way)
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
        address = read_web_address(found if "://" in found else f"https://{found}")
        if address is None:
            self._refuse(f"{way[-1]} is no web address, such as https://example.com.", *way)
        return address

    def phone(self, value: str | None, country: str, *way: str) -> str | None:
        """A telephone number in E.164 form, read as one of the country where it names none itself."""
        found = self.text(value, 40, *way)
        if found is None:
            return None
        country = _code(country)
        number = read_phone(found, country)
        if number is None:
            of_country = f" of {country}" if country in COUNTRIES else ""
            self._refuse(f"{way[-1]} is no telephone number{of_country}, such as +15125550100.", *way)
        return number

    def country(self, value: str | None, *way: str) -> str:
        """A country's two letters (ISO 3166-1); the United States where none is given."""
        found = _code(value or "US")
        if found in AMERICAN:
            self._refuse(f"{way[-1]} is US for {AMERICAN[found]}, with {found} as the state.", *way)
        elif found not in COUNTRIES:
            self._refuse(f"{way[-1]} is no two-letter country code (ISO 3166-1), such as US.", *way)
        return found if found in COUNTRIES else "US"

    def zip_code(self, value: str | None, *way: str) -> tuple[str, str | None] | None:
        """An American ZIP, and the four digits of a ZIP+4."""
        match = _ZIP.fullmatch(without_unseen_ends(value or ""))
        if match is None:
            self._refuse(f"{way[-1]} is no ZIP, such as 78701 or 78701-1234.", *way)
            return None
        return match[1], match[2]

    def tax_id(self, value: str | None, *way: str) -> str | None:
        """The last four digits of a tax id; the others aren't kept."""
        found = without_unseen_ends(value or "")
        match = _TAX_ID.fullmatch(found)
        if found and match is None:
            self._refuse(f"{way[-1]} is no tax id, such as 12-3456789.", *way)
        return match[1] if match else None

    def time_zone(self, value: str | None, *way: str) -> str | None:
        """The name of a time zone in IANA's database."""
        found = without_unseen_ends(value or "")
        if found and found not in _TIME_ZONES:
            self._refuse(f"{way[-1]} is no time zone of IANA's, such as America/Chicago.", *way)
            return None
        return found or None

    def _refuse(self, message: str, *way: str) -> None:
        self._problems.add(UserErrorCode.INVALID, message, *way)


def _code(country: str) -> str:
    """A country's code as it is kept."""
    return without_unseen_ends(country).upper()


def read_web_address(address: str) -> str | None:
    """A web address with its scheme and its host in lower case; None for what can't be one."""
    if USUAL_ADDRESS.fullmatch(address):
        return address
    return read_any_web_address(address)


def read_any_web_address(address: str) -> str | None:
    """The same, of those that look otherwise than most."""
    if any(each.isspace() or each in _OUTSIDE_ADDRESSES for each in address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        is_good = parts.scheme in {"http", "https"} and parts.port != 0 and parts.username is None
        in_ascii = host.encode("idna").decode()
    except ValueError:
        return None
    if not is_good or not _HOST.fullmatch(in_ascii):
        return None
    port = "" if parts.port is None else f":{parts.port}"
    return parts._replace(netloc=f"{host}{port}").geturl()
