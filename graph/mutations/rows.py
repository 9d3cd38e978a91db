"""The rows of a mutation: one input each, with what is wrong with it and what becomes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from graph.mutations.user_error import Problems, UserErrorCode

I = TypeVar("I")  # noqa: E741 - an input


@dataclass(slots=True)
class Row(Generic[I]):
    """One input of a verb, and what the verb makes of it.

    `locked` is the row of the database that it is about, `values` are the columns that it gives values. `npi` and
    `part_id` (the UUID of a location, or of what is the viewer's own) say what its payload shows.
    """

    given: I
    problems: Problems
    locked: Any = None
    values: Mapping[str, object] = field(default_factory=dict)
    npi: str | None = None
    part_id: UUID | None = None

    def lock(self, found: asyncpg.Record | None, missing: str, way: str) -> None:
        """Take the locked row that it is about; a problem where there is none."""
        self.locked = found
        if found is None:
            self.problems.add(UserErrorCode.NOT_FOUND, missing, way)
        else:
            self.npi = found["npi"]

    @property
    def payload(self) -> Mapping[str, object]:
        """What it is answered with."""
        is_done = not self.problems.found
        return {
            "npi": self.npi if is_done else None,
            "part_id": self.part_id if is_done else None,
            "user_errors": self.problems.found,
        }


class Rows(Generic[I]):
    """The rows of one mutation in their order; with `keeps_good`, the good ones are done without the bad ones."""

    def __init__(self, rows: Sequence[Row[I]], *, keeps_good: bool) -> None:
        self._rows = rows
        self._keeps_good = keeps_good

    def __iter__(self) -> Iterator[Row[I]]:
        """Each of them, in their order."""
        return iter(self._rows)

    @property
    def good(self) -> list[Row[I]]:
        """Those without problems so far."""
        return [row for row in self._rows if not row.problems.found]

    @property
    def to_write(self) -> list[Row[I]]:
        """Those that are to be done: the good ones, or none where one is bad and all shall be done or none."""
        good = self.good
        return good if self._keeps_good or len(good) == len(self._rows) else []

    def refuse_repeats(self, key: Callable[[Row[I]], object], message: str, way: str) -> None:
        """Tell each row whose key an earlier one has; None is no key."""
        seen = set()
        for row in self._rows:
            found = key(row)
            if found is not None and found in seen:
                row.problems.add(UserErrorCode.REPEATED, message, way)
            seen.add(found)

    @property
    def is_rejected(self) -> bool:
        """Whether nothing of them is to be done."""
        return bool(self._rows) and not self.to_write

    def tell_good(self) -> None:
        """Tell the good rows that nothing was done because of the others."""
        for row in self.good:
            message = "Another row of the list is wrong, so nothing was done."
            row.problems.add(UserErrorCode.NOT_DONE, message)
