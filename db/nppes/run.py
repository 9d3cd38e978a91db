"""What the files of one load share: the connection, the limits, the summary; and a file's way into staging."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import polars as pl

from db.nppes import staging
from db.nppes.blocks import Encoding
from db.nppes.errors import RowsRejectedError
from db.nppes.layout import FileKind
from db.nppes.pieces import opened
from db.nppes.rejects import Rejects
from db.nppes.source import Source
from db.nppes.summary import FileSummary, Phase, Progress, Summary


async def _nothing() -> None:
    """Do nothing after a piece."""


@dataclass
class Run:
    """What holds for all the files of one load; `source` is what new rows are marked with."""

    connection: asyncpg.Connection
    source: str
    max_rejected: int
    rejects: Path | None
    progress: Callable[[Progress], None]
    summary: Summary = field(default_factory=Summary)

    async def stage(
        self, file: Source, encoding: Encoding, after_piece: Callable[[], Awaitable[None]] = _nothing
    ) -> tuple[FileSummary, FileKind]:
        """Copy a file into the staging tables; raises LoadError, or NotUtf8 to be called again with latin-1."""
        rejects = Rejects(file.name)
        self.tell(file, "reading", 0, 0)
        async with opened(file, encoding, await self._deactivated()) as pieces:
            summary = FileSummary(file.name, pieces.kind)
            async for piece in pieces.iterate:
                rejects.extend(piece.rejects)
                summary.read += piece.rows
                summary.individuals += piece.individuals
                for name, data in piece.staged.items():
                    await staging.copy(self.connection, name, data)
                await after_piece()
                self.tell(file, "reading", piece.consumed, summary.read)
        summary.rejected = rejects.count
        self._judge(rejects)
        return summary, pieces.kind

    def tell(self, file: Source, phase: Phase, done: int, rows: int) -> None:
        """Report where the load is."""
        self.progress(Progress(file.name, phase, done, file.size, rows))

    async def begin(self, file: Source, kind: FileKind, *, is_full: bool) -> int:
        """Note in `loads` that a file is being merged, inside its transaction; return the load's id."""
        period = (file.period.start, file.period.end) if file.period else (None, None)
        load_id: int = await self.connection.fetchval(
            "INSERT INTO loads (file_kind, file_name, source, period_start, period_end, is_full, counts)"
            " VALUES ($1, $2, $3, $4, $5, $6, '{}') RETURNING id",
            kind.name, file.name, self.source, *period, is_full,
        )  # fmt: skip
        return load_id

    async def finish(self, load_id: int, summary: FileSummary) -> None:
        """Note in `loads` what became of a file, inside its transaction."""
        counts = json.dumps(summary.counts())
        await self.connection.execute("UPDATE loads SET counts = $2 WHERE id = $1", load_id, counts)

    def is_full(self, file: Source) -> bool:
        """Return whether a file holds everything of its kind, and not only what changed."""
        return self.source == "SAMPLE" or (file.period is not None and file.period.is_full)

    async def _deactivated(self) -> pl.Series:
        rows = await self.connection.fetch("SELECT npi FROM deactivations")
        return pl.Series("npi", [row[0] for row in rows], pl.String)

    def _judge(self, rejects: Rejects) -> None:
        """Write the rejected rows to their file; raise RowsRejectedError where they are too many."""
        if rejects.first is None:
            return
        if self.rejects is not None:
            rejects.write(self.rejects)
        if rejects.count > self.max_rejected:
            raise RowsRejectedError(rejects.refusal(self.rejects))
