"""What the files of one load share: the connection, the limits, the summary; and a file's way into staging."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from db.nppes import facets
from db.nppes.copying import Tables, copy
from db.nppes.errors import RowsRejectedError
from db.nppes.layout import FileKind
from db.nppes.numbers import Numbers
from db.nppes.pieces import Turn, opened
from db.nppes.rejects import Rejects
from db.nppes.repeats import NO_REPEATS, Repeats
from db.nppes.source import Source
from db.nppes.summary import FileSummary, Phase, Progress, Summary

_RECORD_CHANGES = """
    INSERT INTO changes (
      npi, location_id, license_id, kind, fields, occurred_at, load_id, old, new, facets_before, facets_after,
      version, part_version
    )
    SELECT n.npi, n.location_id, n.license_id, n.kind, n.fields, (SELECT clock_timestamp()), n.load_id,
      n.old, n.new, f.facets_before, f.facets_after, coalesce(c.version, n.version), n.part_version
    FROM noted_changes n LEFT JOIN changing_companies f USING (npi) LEFT JOIN companies c USING (npi)
    ORDER BY n.place
"""


async def record_changes(connection: asyncpg.Connection) -> None:
    """Record what was noted, as the last thing in a transaction: until it ends nobody else can record a change."""
    await facets.list_changed(connection)
    await connection.execute(_RECORD_CHANGES)
    await connection.execute("TRUNCATE noted_changes, changing_companies")


def _as_they_are(tables: Tables) -> Tables:
    return tables


@dataclass(frozen=True)
class Copied:
    """A file that has been copied: what was read, and how many rows went into which table."""

    summary: FileSummary
    kind: FileKind
    rows: Counter[str] = field(default_factory=Counter)


@dataclass
class Run:
    """What holds for all the files of one load; `source` is what new rows are marked with."""

    connection: asyncpg.Connection
    source: str
    max_rejected: int
    rejects: Path | None
    progress: Callable[[Progress], None]
    summary: Summary = field(default_factory=Summary)
    # How many rejected rows of each file have been listed: a release that is read again has the same to tell of.
    listed: Counter[str] = field(default_factory=Counter)

    async def copy(
        self, file: Source, known: Numbers, turn: Turn = _as_they_are, repeats: Repeats = NO_REPEATS
    ) -> Copied:
        """Copy a file into the staging tables, or into those that `turn` says.

        `known` are the numbers that it matters to see among individuals, `repeats` the rows that needn't be
        parsed. Raises LoadError.
        """
        rejects = Rejects(file.name, self.max_rejected, self.rejects, self.listed[file.name])
        self.tell(file, "reading", 0, 0)
        async with opened(file, known, turn, rejects.most, repeats) as pieces:
            copied = Copied(FileSummary(file.name, pieces.kind), pieces.kind)
            async for piece in pieces.iterate:
                rejects.extend(piece.rejects)
                self.listed[file.name] = rejects.listed
                if rejects.are_enough:
                    break
                copied.summary.read += piece.read
                copied.summary.individuals += piece.individuals
                copied.summary.recoded += piece.recoded
                copied.summary.lost_zeros += piece.lost_zeros
                for rows in piece.rows:
                    copied.rows[rows.table] += await copy(self.connection, rows)
                self.tell(file, "reading", piece.consumed, copied.summary.read)
        copied.summary.rejected = rejects.count
        if rejects.count > self.max_rejected:
            raise RowsRejectedError(rejects.refusal())
        return copied

    def tell(self, file: Source, phase: Phase, done: int, rows: int) -> None:
        """Report where the load is."""
        self.progress(Progress(file.name, phase, done, file.size, rows))

    async def begin(self, file: Source, kind: FileKind, *, is_full: bool) -> int:
        """Note in `loads` that a file is being merged, inside its transaction; return the load's id."""
        period = (file.period.start, file.period.end) if file.period else (None, None)
        load_id: int = await self.connection.fetchval(
            "INSERT INTO loads (file_kind, file_name, source, period_start, period_end, is_full, bytes, counts)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, '{}') RETURNING id",
            kind.name, file.name, self.source, *period, is_full, file.size,
        )  # fmt: skip
        return load_id

    async def finish(self, load_id: int, summary: FileSummary) -> None:
        """Note in `loads` what became of a file, inside its transaction."""
        counts = json.dumps(summary.counts())
        await self.connection.execute("UPDATE loads SET counts = $2 WHERE id = $1", load_id, counts)
        await record_changes(self.connection)

    def is_full(self, file: Source) -> bool:
        """Return whether a file holds everything of its kind, and not only what changed."""
        return self.source == "SAMPLE" or (file.period is not None and file.period.is_full)
