"""A roster with the verdict on each number beside it, as CSV."""

import csv
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from io import StringIO
from itertools import islice
from typing import Any, Final

from db import verification
from db.columns import Columns
from db.reads import Reads
from graph.rosters.roster import ADDED, Roster, Row, number_in

# Numbers of one batch: two statements for all of them.
BATCH: Final = 5_000
# Problems of rows that are told; all such rows are marked in what is written.
TOLD: Final = 20

UNREADABLE: Final = "UNREADABLE"
_UNREAD: Final = {"result": UNREADABLE}


class VerifiedRoster:
    """A roster that is verified batch by batch: `counts` of its rows by result, the first `problems` of rows."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        # A list that was verified before has its columns anew.
        self._kept = [place for place, name in enumerate(roster.columns) if name not in ADDED]
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []

    async def parts(self, database: Reads) -> AsyncGenerator[str]:
        """Yield what is written: the names of the columns, then a batch of rows at a time.

        The first rows are read before anything is written: raises RosterError where there is no number.
        """
        rows = self._batch()
        yield self._written([[*(self._roster.columns[place] for place in self._kept), *ADDED]])
        while rows:
            yield self._written(await self._verified(database, rows))
            rows = self._batch()

    def _batch(self) -> list[Row]:
        return list(islice(self._roster.rows, BATCH))

    async def _verified(self, database: Reads, rows: Sequence[Row]) -> list[list[Any]]:
        """Return the values of rows with those of the verdicts on their numbers."""
        place = self._roster.place
        readable = [number_in(row.values[place]) for row in rows if row.problem is None]
        verdicts = iter(await verdicts_on(database, readable))
        return [self._values(row, _UNREAD if row.problem else next(verdicts)) for row in rows]

    def _values(self, row: Row, verdict: verification.Verdict) -> list[Any]:
        values = row.values
        if row.problem is not None:
            # Nothing is lost: the line stands where the number would.
            values = [""] * len(self._roster.columns)
            values[self._roster.place] = row.values[0]
            if len(self.problems) < TOLD:
                self.problems.append(f"Line {row.line:,} can't be read: {row.problem}.")
        self.counts[verdict["result"]] += 1
        return [*(values[each] for each in self._kept), *(verdict.get(name) for name in ADDED.values())]

    def _written(self, rows: Sequence[Sequence[Any]]) -> str:
        written = StringIO()
        csv.writer(written, delimiter=self._roster.separator).writerows(rows)
        return written.getvalue()


async def verdicts_on(database: Reads, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the verdict on each number, with the numbers that a mistyped one may have been meant as."""
    found = await verification.verdicts(database, numbers, numbers)
    candidates = [verification.candidates(each["input"], each["result"]) for each in found]
    meant = await verification.meant(database, candidates, Columns(("npi",)))
    return [
        {**each, "did_you_mean": " ".join(company["npi"] for company in companies)}
        for each, companies in zip(found, meant, strict=True)
    ]
