"""The scalars, and the checks that texts from a client pass before they come near the database."""

import re
from datetime import UTC, date, datetime
from typing import NewType
from uuid import UUID

import strawberry
from strawberry.types.scalar import ScalarDefinition

from db import npi
from graph.directives.example import Example
from graph.errors import BadUserInputError, NotFoundError
from graph.types.examples import AN_NPI

# In characters; a word of a tsquery may have 2,046 bytes, and a character up to four.
MAX_TEXT = 500

NPI = NewType("NPI", str)
PhoneNumber = NewType("PhoneNumber", str)
TaxId = NewType("TaxId", str)

_NPI_PROBLEMS = {
    "INVALID_FORMAT": "An NPI is ten digits without blanks or hyphens, the first of them 1 or 2.",
    "INVALID_CHECK_DIGIT": "This is not an NPI: its check digit is wrong. Was a digit mistyped?",
}


# What pasted texts bring along unseen (Unicode's Default_Ignorable_Code_Point): the soft hyphen, spaces of no
# width, joiners, fillers, marks of direction, selectors of a sign's form, tags, U+FEFF.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_ENDS = re.compile(rf"^[\s{_UNSEEN}]+|[\s{_UNSEEN}]+$")

# RFC 3339, section 5.6: full-date and date-time.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(_DAY.pattern + r"[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})")


def parse_npi(value: object) -> str:
    """Return a well-formed NPI; raises BadUserInputError for anything else."""
    if not isinstance(value, str):
        raise BadUserInputError('An NPI is a text: put its ten digits in quotes, as in "1234567893".')
    number = bare(value)
    problem = npi.verdict(number)
    if problem != "VALID":
        raise BadUserInputError(_NPI_PROBLEMS[problem])
    return number


def parse_date(value: object) -> date:
    """Return the day that a text names; raises BadUserInputError for anything else."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        raise BadUserInputError("There is no such day in the calendar.") from None
    raise BadUserInputError("A Date is a day such as 2024-02-29.")


def parse_datetime(value: object) -> datetime:
    """Return the instant that a text names, in UTC; raises BadUserInputError for anything else."""
    try:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadUserInputError("There is no such instant in the calendar.") from None
    raise BadUserInputError("A DateTime is an instant with its offset such as 2024-02-29T12:00:00Z.")


SCALARS: dict[object, ScalarDefinition] = {
    NPI: strawberry.scalar(
        name="NPI",
        directives=[AN_NPI],
        description=(
            "A National Provider Identifier: ten digits, the last one a check digit (45 CFR 162.406). "
            "It is checked before anything is looked up."
        ),
        specified_by_url="https://www.cms.gov/regulations-and-guidance/administrative-simplification/nationalprovidentstand",
        serialize=str,
        parse_value=parse_npi,
    ),
    date: strawberry.scalar(
        name="Date",
        directives=[Example(value="2026-11-30")],
        description="A day such as 2024-02-29 (RFC 3339, full-date).",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        directives=[Example(value="2026-11-30T12:00:00+00:00")],
        description="An instant with its offset such as 2024-02-29T12:00:00+00:00 (RFC 3339, date-time).",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=datetime.isoformat,
        parse_value=parse_datetime,
    ),
    PhoneNumber: strawberry.scalar(
        name="PhoneNumber",
        directives=[Example(value="+15125550100")],
        description=(
            "A telephone number in E.164 form, such as +15125550100, if its address is in the North American plan "
            "and the number can belong to it. Any other is as registered, such as 81 3 1234 5678."
        ),
        serialize=str,
    ),
    TaxId: strawberry.scalar(
        name="TaxId",
        directives=[Example(value="***-**-1234")],
        description="The last four digits of a tax id, such as ***-**-1234. The rest is not kept.",
        serialize=lambda last4: f"***-**-{last4}",
    ),
}


def bare(code: str) -> str:
    """Return a number or code without blanks round it and without what can't be seen anywhere in it."""
    return code.strip() if code.isascii() else _INVISIBLE.sub("", code).strip()


def trimmed(value: str, field: str) -> str:
    """Return a text without what can't be seen at its ends; raises BadUserInputError as `plain_text` does."""
    return without_unseen_ends(plain_text(value, field))


def without_unseen_ends(text: str) -> str:
    """Return a text without blanks and what can't be seen at its ends."""
    return text.strip() if text.isascii() else _ENDS.sub("", text)


def plain_text(value: str, field: str) -> str:
    """Return a text that PostgreSQL can hold and search for; raises BadUserInputError for any other."""
    if len(value) > MAX_TEXT:
        raise BadUserInputError(f"{field} is longer than {MAX_TEXT} characters.", field=field)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadUserInputError(
            f"{field} holds half of a surrogate pair, which is no text.", field=field
        ) from None
    if "\0" in value:
        raise BadUserInputError(f"{field} holds a NUL character.", field=field)
    return value


_UUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
COMPANY_ID = re.compile("company:([0-9]{10})")
LOCATION_ID = re.compile(f"location:{_UUID}")
LICENSE_ID = re.compile(f"license:{_UUID}")
WATCH_LIST_ID = re.compile(f"watch-list:{_UUID}")
JOB_ID = re.compile(f"job:{_UUID}")
WEBHOOK_ID = re.compile(f"webhook:{_UUID}")
UPLOAD_ID = re.compile(f"upload:{_UUID}")


def company_npi(id_: str, field: str = "id") -> str:
    """Return the NPI in a company's id; raises BadUserInputError for any other text."""
    return _within(COMPANY_ID, "a company", id_, field)


def location_uuid(id_: str, field: str = "id") -> UUID:
    """Return the UUID in a location's id; raises BadUserInputError for any other text."""
    return UUID(_within(LOCATION_ID, "a location", id_, field))


def license_uuid(id_: str, field: str = "id") -> UUID:
    """Return the UUID in a license's id; raises BadUserInputError for any other text."""
    return UUID(_within(LICENSE_ID, "a license", id_, field))


def watch_list_uuid(id_: str, field: str = "id") -> UUID:
    """Return the UUID in a watch list's id; raises BadUserInputError for any other text."""
    return UUID(_within(WATCH_LIST_ID, "a watch list", id_, field))


def job_uuid(id_: str, field: str = "id") -> UUID:
    """Return the UUID in a job's id; raises BadUserInputError for any other text."""
    return UUID(_within(JOB_ID, "a job", id_, field))


def webhook_uuid(id_: str, field: str = "id") -> UUID:
    """Return the UUID in a webhook's id; raises BadUserInputError for any other text."""
    return UUID(_within(WEBHOOK_ID, "a webhook", id_, field))


def upload_uuid(id_: str, field: str = "id") -> UUID:
    """Return the UUID in an upload's id; raises BadUserInputError for any other text."""
    return UUID(_within(UPLOAD_ID, "an upload", id_, field))


def _within(pattern: re.Pattern[str], what: str, id_: str, field: str) -> str:
    match = pattern.fullmatch(id_)
    if match is None:
        raise BadUserInputError(f"This is not the id of {what}.", field=field)
    return match[1]


def not_found(what: str, field: str = "id") -> NotFoundError:
    """Return the error for an id that nothing has."""
    return NotFoundError(f"There is no {what} with this id.", field=field)
