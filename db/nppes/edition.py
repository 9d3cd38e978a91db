"""As of which day a file speaks, and what it may still say: a row keeps the word of the newest file.

What a company, its status, its other names and its set of secondary locations were last said by is a date in
its row (`record_as_of` and so on): the last day of that file's period. Null stands for the newest full file of
the kind, which says nearly everything, so that taking a full file doesn't write each row anew. Between two files
of one day a full one counts as the newer, and of two alike the one loaded last.
"""

from dataclasses import dataclass
from datetime import date

import asyncpg

from db.nppes.layout import FileKind
from db.nppes.source import Source

# Older than any day that CMS names.
_NEVER = date.min

_LOADED = """
    SELECT max(period_end) FILTER (WHERE is_full AND file_kind = $1) AS full, max(period_end) AS newest
    FROM loads WHERE file_kind = ANY ($2) AND source = 'NPPES'
"""


@dataclass(frozen=True)
class Edition:
    """A file's place among those loaded before.

    `baseline` is the last day of the newest full file so far, `newest` that of the newest of any, both None where
    there is none. A sample has no place: what it says always holds.
    """

    as_of: date
    is_full: bool
    baseline: date | None = None
    newest: date | None = None
    is_sample: bool = False

    @property
    def is_newest(self) -> bool:
        """Return whether nothing that is known can be newer."""
        if self.is_sample or self.newest is None:
            return True
        return self.as_of >= self.newest and self._is_over_baseline

    @property
    def is_baseline(self) -> bool:
        """Return whether null stands for this file from now on."""
        return self.is_full and self._is_over_baseline

    @property
    def stamp(self) -> date | None:
        """Return what marks a row as last said by this file."""
        return None if self.is_baseline or self.is_sample else self.as_of

    @property
    def earlier_baseline(self) -> date:
        """Return what null stood for before this file, as a date."""
        return self.baseline or _NEVER

    def is_newer(self, column: str) -> str:
        """Return the SQL condition that a column's stamp is of a newer file than this one."""
        return f"coalesce({column} > '{self.as_of}'::date, {'false' if self._is_over_baseline else 'true'})"

    @property
    def _is_over_baseline(self) -> bool:
        if self.is_sample or self.baseline is None or self.as_of > self.baseline:
            return True
        return self.is_full and self.as_of == self.baseline


async def edition_of(
    connection: asyncpg.Connection, file: Source, kind: FileKind, *, is_full: bool, source: str
) -> Edition:
    """Return a file's place; one without a period counts as of the last day of the newest file of its kind."""
    if source != "NPPES":
        return Edition(_NEVER, is_full=is_full, is_sample=True)
    # The main file and the report of deactivations both speak of a number's status.
    about_status = (FileKind.COMPANIES, FileKind.DEACTIVATIONS)
    kinds = about_status if kind in about_status else (kind,)
    [[full, newest]] = await connection.fetch(_LOADED, kinds[0].name, [each.name for each in kinds])
    as_of = file.period.end if file.period else newest or _NEVER
    return Edition(as_of, is_full=is_full, baseline=full, newest=newest)
