"""A check: its id, what it looks at, and the function that looks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from graph.doctor.finding import Finding
from graph.doctor.subject import Subject

# Seconds that a check may take, unless it says otherwise.
DEADLINE = 5.0

Look = Callable[[Subject], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A check; its id begins with its category, and is the heading of its section in docs/troubleshooting.md.

    Where the check that it `needs` hasn't come out well, it isn't run.
    """

    id: str
    looks_at: str
    look: Look
    needs: str | None = None
    deadline: float = DEADLINE

    @property
    def category(self) -> str:
        """What it is about, such as "database"."""
        return self.id.partition("-")[0]


def check(
    id_: str, looks_at: str, *, needs: str | None = None, deadline: float = DEADLINE
) -> Callable[[Look], Check]:
    """Make a check of a function, which returns a finding, or raises NotRunError or PreventedError."""

    def made(look: Look) -> Check:
        return Check(id_, looks_at, look, needs, deadline)

    return made
