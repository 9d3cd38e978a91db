"""The file that comes of an import: what became of each row, in the format of the file that was imported."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, Self

import orjson

from graph.execution.flat import Table
from graph.mutations.user_error import UserErrorCode, user_error

_TABLE: Final = Table(
    (("row",), ("outcome",), ("npi",), ("id",), ("version",), ("code",), ("field",), ("message",))
)

_NOT_DONE = user_error(UserErrorCode.NOT_DONE, "Another row of the file is wrong, so this one was not written.")


class Fate(Enum):
    """What becomes of a row, by the name that the file has for it."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    # An update that changes nothing.
    UNCHANGED = "UNCHANGED"
    FAILED = "FAILED"
    # Nothing is wrong with it, but with another row.
    NOT_DONE = "NOT_DONE"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row with a number: of what is there now its NPI, id and version; and what was wrong."""

    number: int
    fate: Fate
    npi: str | None = None
    id: str | None = None
    version: int | None = None
    problems: Sequence[Mapping[str, Any]] = field(default=())

    @classmethod
    def of_not_done(cls, number: int) -> Self:
        """Return the outcome of a good row, or of one that wasn't looked at, of a file that has bad ones."""
        return cls(number, Fate.NOT_DONE, problems=[_NOT_DONE])

    @property
    def is_done(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.fate not in {Fate.FAILED, Fate.NOT_DONE}


def not_done(outcomes: Iterable[RowOutcome]) -> list[RowOutcome]:
    """Return the outcomes of rows of which nothing is kept, since there are bad ones."""
    return [RowOutcome.of_not_done(each.number) if each.is_done else each for each in outcomes]


def as_tried(outcomes: Iterable[RowOutcome]) -> list[RowOutcome]:
    """Return the outcomes of rows that were only tried: what would be new has no id yet."""
    return [replace(each, id=None) if each.fate is Fate.CREATED else each for each in outcomes]


def header_of(format_: str) -> bytes:
    """Return what stands before all rows."""
    return _TABLE.header() if format_ == "CSV" else b""


def lines_of(outcomes: Iterable[RowOutcome], format_: str) -> bytes:
    """Return a line for each outcome; of a table's cells, those about several problems have `; ` between these."""
    if format_ == "CSV":
        return _TABLE.lines(map(_in_table, outcomes))
    return b"".join([orjson.dumps(_in_json(each), option=orjson.OPT_APPEND_NEWLINE) for each in outcomes])


def _in_json(outcome: RowOutcome) -> Mapping[str, Any]:
    return {**_head(outcome), "userErrors": _told(outcome.problems)}


def _in_table(outcome: RowOutcome) -> Mapping[str, Any]:
    told = _told(outcome.problems)
    return {
        **_head(outcome),
        **{name: [each[name] or "" for each in told] for name in ("code", "field", "message")},
    }


def _told(problems: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is told of problems: their fields by their paths in the row."""
    return [
        {"code": each["code"], "field": ".".join(each["field"] or ()) or None, "message": each["message"]}
        for each in problems
    ]


def _head(outcome: RowOutcome) -> Mapping[str, Any]:
    return {
        "row": outcome.number,
        "outcome": outcome.fate.value,
        "npi": outcome.npi,
        "id": outcome.id,
        "version": outcome.version,
    }
