"""A job while it is worked at: what a kind of jobs is handed, and what it hands back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from db.engine import Database
from db.jobs import Outcome, TakenJob
from graph.execution.run import Runner
from graph.files import Files
from graph.identity.viewer import Viewer


@dataclass(slots=True)
class Work:
    """What is asked for and for whom, what it is done with, and how far it has come: `done` rows of `total`."""

    arguments: Mapping[str, Any]
    viewer: Viewer
    database: Database
    runner: Runner
    files: Files
    done: int = 0
    total: int | None = None

    @classmethod
    def at(cls, job: TakenJob, database: Database, runner: Runner, files: Files) -> Self:
        """Return the work at a job."""
        viewer = Viewer(job["subject"], frozenset(job["roles"]), frozenset(job["companies"]), issuer=job["issuer"])
        return cls(job["arguments"], viewer, database, runner, files)


# Does a job of one kind, and returns what came of it; it may be cancelled wherever it waits, and done once more by
# another process. What a ClientError says is told to the job's owner, what anything else says is not.
Kind = Callable[[Work], Awaitable[Outcome]]
