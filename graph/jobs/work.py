"""A job while it is being done: what the function for a kind of jobs gets and returns."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from db.engine import Database
from db.jobs import Outcome, TakenJob
from graph.execution.run import Runner
from graph.files import Files
from graph.identity.viewer import Viewer


@dataclass(slots=True)
class Work:
    """Which job, what to do and for whom, what to do it with, and the progress: `done` rows of `total`."""

    id: UUID
    # The name by which the lease on it is held.
    holder: str
    arguments: Mapping[str, Any]
    viewer: Viewer
    database: Database
    runner: Runner
    files: Files
    done: int = 0
    total: int | None = None

    @classmethod
    def at(cls, job: TakenJob, holder: str, database: Database, runner: Runner, files: Files) -> Self:
        """Return the work at a job that a holder has taken."""
        viewer = Viewer(job["subject"], frozenset(job["roles"]), frozenset(job["companies"]), issuer=job["issuer"])
        return cls(job["id"], holder, job["arguments"], viewer, database, runner, files)


# Does a job of one kind, and returns the result; it may be cancelled wherever it awaits, and done again by another
# process. The message of a ClientError is shown to the job's owner, that of any other error isn't.
Kind = Callable[[Work], Awaitable[Outcome]]
