"""Something of the schema that is deprecated: why, since when, until when, and what to use in its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

# Where the deprecations of the whole schema are told; graph/site/deprecations.py serves it.
PAGE = "/docs/deprecations"


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A field, argument, input field or enum value that is deprecated.

    `since` and `sunset` are days in UTC; None where no @sunset says them.
    """

    coordinate: str
    reason: str
    since: date | None = None
    sunset: date | None = None
    replacement: str | None = None

    def as_extension(self) -> Mapping[str, str | None]:
        """Return it as an answer tells it."""
        return {
            "coordinate": self.coordinate,
            "reason": self.reason,
            "sunset": self.sunset.isoformat() if self.sunset else None,
            "replacement": self.replacement,
        }


def headers_of(deprecations: Iterable[Deprecation]) -> Mapping[str, str]:
    """Return the headers that tell of the first to be deprecated and the first to go (RFC 9745, RFC 8594)."""
    found = list(deprecations)
    since = min((each.since for each in found if each.since), default=None)
    sunset = min((each.sunset for each in found if each.sunset), default=None)
    headers = {"link": f'<{PAGE}>; rel="deprecation"; type="text/html"'}
    if since is not None:
        headers["deprecation"] = f"@{int(_start_of(since).timestamp())}"
    if sunset is not None:
        headers["sunset"] = format_datetime(_start_of(sunset), usegmt=True)
    return headers


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
