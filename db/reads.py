"""What reads: the pool, a statement at a time, or a transaction, which sees what it has written itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol, Self

from db.lookups import Lookup
from db.statement import Statement


@dataclass(frozen=True, slots=True)
class Read:
    """One statement that ran, with its arguments: how many rows came back, when it was sent, and the seconds.

    `sent` is on the clock of perf_counter.
    """

    statement: Statement
    arguments: Sequence[object]
    rows: int
    sent: float
    seconds: float

    @classmethod
    def of(cls, statement: Statement, arguments: Sequence[object], rows: Sequence[object], sent: float) -> Self:
        """Return what a statement came to that has just ended."""
        return cls(statement, arguments, len(rows), sent, perf_counter() - sent)

    @property
    def text(self) -> str:
        """Its SQL."""
        return self.statement.text

    @property
    def keys(self) -> int:
        """How many keys it was given; of several lists of keys the longest counts."""
        return max((len(each) for each in self.arguments if isinstance(each, list)), default=0)


class Reads(Protocol):
    """Whatever can run a statement that changes nothing."""

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, of its row class; they may have a column more at their end (db/joined.py)."""

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """The same with each statement told to somebody."""

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """The row that has a key, or None; `values` are the statement's others."""
