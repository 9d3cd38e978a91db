"""What statements come to: of this process altogether, and of whoever has theirs counted."""

from contextvars import ContextVar
from time import perf_counter
from typing import Final

# Statements that are remembered one by one; of more it is only known what they come to.
MOST: Final = 100

# One statement: its text, the rows that came back, when it was sent on the clock of perf_counter, and the seconds
# that it took.
Ran = tuple[str, int, float, float]


class Tally:
    """How many statements there were, their rows and their seconds; and the first of them."""

    __slots__ = ("ran", "rows", "seconds", "statements")

    def __init__(self) -> None:
        self.statements = 0
        self.rows = 0
        self.seconds = 0.0
        self.ran: list[Ran] = []

    def add(self, text: str, rows: int, sent: float, seconds: float) -> None:
        """Count a statement."""
        self.statements += 1
        self.rows += rows
        self.seconds += seconds
        if len(self.ran) < MOST:
            self.ran.append((text, rows, sent, seconds))

    def include(self, other: "Tally") -> None:
        """Count what another one counted."""
        self.statements += other.statements
        self.rows += other.rows
        self.seconds += other.seconds
        self.ran += other.ran[: MOST - len(self.ran)]


# Those of this process.
EVERY: Final = Tally()

_counting: ContextVar[Tally | None] = ContextVar("statements", default=None)


def count_mine() -> Tally:
    """Begin to count what this task reads and writes from now on, with the tasks that it starts."""
    tally = Tally()
    _counting.set(tally)
    return tally


def note(text: str, rows: int, sent: float) -> None:
    """Count a statement that has just ended, well or not; one that failed has no rows."""
    seconds = perf_counter() - sent
    EVERY.statements += 1
    EVERY.rows += rows
    EVERY.seconds += seconds
    tally = _counting.get()
    if tally is not None:
        tally.add(text, rows, sent, seconds)
