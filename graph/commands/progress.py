"""The progress of a load: a line a file, with bytes, rows and the time left, as wide as the terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from db.nppes.summary import Progress as Step
from graph.commands.servers import console

# In columns of the terminal: "othername 20050523-20251012" is the longest name of a file of CMS, shortened.
_NAME = 27
_WIDE, _MIDDLING, _NARROW = 100, 80, 60
# Of these phases the bytes say how far they are; how long the others take nobody knows.
_BY_BYTES = {"reading", "checking"}


class LoadProgress:
    """Shows the steps that it is told; on anything but a terminal it shows nothing before the end."""

    def __init__(self, terminal: Console = console) -> None:
        self._bar = Progress(*_columns(terminal.width), console=terminal)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, step: Step) -> None:
        """Show one step of a load."""
        task_id = self._tasks.get(step.file)
        if task_id is None:
            task_id = self._tasks[step.file] = self._bar.add_task(
                shortened(step.file), phase="", rows=0, size="", speed=""
            )
        elapsed = self._bar.tasks[self._bar.task_ids.index(task_id)].elapsed or 0.0
        self._bar.update(
            task_id,
            # A workbook has more bytes as rows than as a file.
            total=max(step.bytes_total, step.bytes_done),
            completed=step.bytes_done,
            phase=step.phase,
            rows=step.rows,
            size=f"{decimal(step.bytes_done)} of {decimal(step.bytes_total)}",
            # The first rows come all at once, with the first block.
            speed=f"{int(step.rows / elapsed):,}/s" if elapsed > 1 else "",
        )


class _TimeLeft(TimeRemainingColumn):
    """The time left of a phase of which that is known."""

    def render(self, task: Task) -> Text:
        return (
            super().render(task)
            if task.fields["phase"] in _BY_BYTES
            else Text("-:--:--", style="progress.remaining")
        )


def shortened(name: str) -> str:
    """Return a file's name in at most 27 columns: its kind and period."""
    plain = name.replace("_pfile_", " ").removesuffix(".csv")
    return plain if len(plain) <= _NAME else f"…{plain[1 - _NAME :]}"


def _columns(width: int) -> list[ProgressColumn]:
    """Return what a line of this width has room for."""
    phase = TextColumn("{task.fields[phase]:8}")
    name = TextColumn("{task.description}", markup=False)
    size, rows = TextColumn("{task.fields[size]:>20}"), TextColumn("{task.fields[rows]:>9,} rows")
    if width >= _WIDE:
        return [phase, name, BarColumn(None), size, rows, TextColumn("{task.fields[speed]:>9}"), _TimeLeft()]
    if width >= _MIDDLING:
        return [phase, name, size, rows, _TimeLeft()]
    if width >= _NARROW:
        return [phase, name, rows, _TimeLeft()]
    return [phase, rows, _TimeLeft()]
