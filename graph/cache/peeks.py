"""Looks at what is kept of the reads of one field, without using it: the database is asked all the same."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from db.engine import Database
from db.lookups import Lookup
from db.reads import Read as Ran
from db.statement import Statement
from graph.cache.reads import KeptReads, digest_of_read
from graph.cache.replica_reads import ReplicaReads
from graph.cache.tags import Tags
from graph.cache.worth import Worth
from graph.execution.sources import Read


class Peek(NamedTuple):
    """What would have been found: HIT, MISS, or BYPASS where asking isn't worth it; and its age in seconds."""

    outcome: str
    age: float | None = None


@dataclass(frozen=True, slots=True)
class Peeks:
    """Tells somebody of each statement of a field what is kept of it."""

    kept: KeptReads
    note: Callable[[Peek], None]

    def before(self, database: Database | ReplicaReads, read: Read, _: Tags) -> "PeekedDatabase":
        """The database as one read sees it, with somebody told."""
        return PeekedDatabase(database, self, self.kept.worth_of(read))


@dataclass(frozen=True, slots=True)
class PeekedDatabase:
    """A database of whose rows it is told whether they are kept."""

    database: Database | ReplicaReads
    peeks: Peeks
    worth: Worth

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, as the database has them."""
        self.peeks.note(await self._peek(statement, values))
        return await self.database.read(statement, values)

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """The row that has a key, or None: it is never kept by itself."""
        return await self.database.find(lookup, key, values)

    def observed(self, observe: Callable[[Ran], None]) -> Self:
        """The same with each statement told to somebody."""
        return type(self)(self.database.observed(observe), self.peeks, self.worth)

    async def _peek(self, statement: Statement, values: Mapping[str, object] | None) -> Peek:
        if not self.worth.pays:
            return Peek("BYPASS")
        found = await self.peeks.kept.store.look(digest_of_read(statement, values))
        return Peek("MISS") if found is None else Peek("HIT", max(time.time() - found.made, 0.0))
