"""What one operation reads from a replica; from the primary, as soon as the replica fails."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from db.engine import Database
from db.failures import DatabaseUnavailableError
from db.lookups import Lookup
from db.reads import Read
from db.statement import Statement
from graph.cache.follower import Stamp


class ReplicaReads:
    """Reads that see what a stamp stands for, or more; each as much as those before it, or more.

    `stamp` is None where only its client's needs are known. `lose` is told what the replica failed with.
    """

    __slots__ = ("_lose", "_primary", "_reads", "stamp")

    def __init__(
        self, replica: Database, primary: Database, stamp: Stamp | None, lose: Callable[[Exception], None]
    ) -> None:
        self._reads = replica
        self._primary = primary
        self.stamp = stamp
        self._lose = lose

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, of its row class; raises what the primary raises."""
        reads = self._reads
        try:
            return await reads.read(statement, values)
        except DatabaseUnavailableError as error:
            if reads is self._primary:
                raise
            self._turn_to_primary(error)
        return await self._primary.read(statement, values)

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """The row that has a key, or None; `values` are the statement's others."""
        reads = self._reads
        try:
            return await reads.find(lookup, key, values)
        except DatabaseUnavailableError as error:
            if reads is self._primary:
                raise
            self._turn_to_primary(error)
        return await self._primary.find(lookup, key, values)

    def observed(self, observe: Callable[[Read], None]) -> Self:
        """The same with each statement told to somebody."""
        return type(self)(self._reads.observed(observe), self._primary.observed(observe), self.stamp, self._lose)

    def _turn_to_primary(self, error: DatabaseUnavailableError) -> None:
        """Read from the primary from now on, which is never behind."""
        if self._reads is not self._primary:
            self._reads = self._primary
            self._lose(error)
