"""Months as texts such as 2026-11, and the beginnings that those of a time have in common."""

from dataclasses import dataclass
from datetime import date

# So many months are a year, a decade, a century and a thousand years, each of which one beginning stands for.
_SPANS = ((12_000, 1), (1_200, 2), (120, 3), (12, 4))


@dataclass(frozen=True, slots=True)
class Months:
    """All months from that of one day to that of another."""

    first: date = date.min
    last: date = date.max

    def beginnings(self) -> list[str]:
        """Return the beginnings of their texts that no other month has, as few as there can be."""
        found: list[str] = []
        # The year 0 is counted with the first thousand.
        month, end = _number(self.first) if self.first > date.min else 0, _number(self.last)
        while month <= end:
            span, text = _longest(month, end)
            found.append(text)
            month += span
        return found


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _longest(month: int, end: int) -> tuple[int, str]:
    """Return the longest span that begins with a month and ends in time, and how its texts begin."""
    for span, digits in _SPANS:
        if month % span == 0 and month + span - 1 <= end:
            return span, f"{month // 12:04}"[:digits]
    return 1, f"{month // 12:04}-{month % 12 + 1:02}"
