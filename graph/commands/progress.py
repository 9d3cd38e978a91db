"""The progress bar of a load: a line a file, with rows, rows a second, and the time left."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from db.nppes.summary import Progress as Step
from graph.commands.servers import console


class LoadProgress:
    """Shows the steps that it is told; on anything but a terminal it shows nothing before the end."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.fields[phase]:8} {task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]:,} rows, {task.fields[speed]:,}/s"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
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
            task_id = self._tasks[step.file] = self._bar.add_task(step.file, phase="", rows=0, speed=0)
        elapsed = self._bar.tasks[self._bar.task_ids.index(task_id)].elapsed or 0.0
        self._bar.update(
            task_id,
            total=step.bytes_total,
            completed=step.bytes_done,
            phase=step.phase,
            rows=step.rows,
            speed=int(step.rows / elapsed) if elapsed else 0,
        )
