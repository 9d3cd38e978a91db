"""The results of dear reads, kept in the shared cache: searches, filtered pages, counts, whatever is near."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from db.engine import Database
from db.lookups import Lookup
from db.reads import Read as Ran
from db.rows import read_rows, write_rows
from db.statement import Statement
from graph.cache.envelope import Envelope
from graph.cache.follower import Follower
from graph.cache.keys import digest_of, written
from graph.cache.replica_reads import ReplicaReads
from graph.cache.store import Store
from graph.cache.tags import Tags
from graph.cache.worth import Worth
from graph.execution.sources import Read

log = logging.getLogger("ariesone.cache")


@dataclass(slots=True)
class KeptReads:
    """What is kept of reads, and of each kind of read whether that is worth looking for."""

    store: Store
    follower: Follower
    # Reads that are under way.
    running: int = 0
    _worth: dict[object, Worth] = field(default_factory=dict)

    def before(self, database: Database | ReplicaReads, read: Read, tags: Tags) -> "KeptDatabase":
        """The database as one read sees it: with what is kept in front of it."""
        return KeptDatabase(database, self, tags, self.worth_of(read))

    def worth_of(self, read: Read) -> Worth:
        """What was found of a kind of read."""
        return self._worth.setdefault(read.call, Worth())


@dataclass(frozen=True, slots=True)
class KeptDatabase:
    """A database whose rows may come from the cache, as those of one read that depends on these tags."""

    database: Database | ReplicaReads
    kept: KeptReads
    tags: Tags
    worth: Worth

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        """The rows of a statement, as the database has them."""
        # Before the statement begins: what is committed meanwhile may be missing in its rows.
        origin = self.database
        stamp = origin.stamp if isinstance(origin, ReplicaReads) else self.kept.follower.stamp()
        if stamp is None:
            return await self._read(statement, values)
        digest = digest_of_read(statement, values)
        if not self.worth.is_given(digest[0]):
            return await self._read(statement, values)
        found = await self.kept.store.find(digest, self.worth)
        if found is not None:
            return list(read_rows(found.content, statement.row))
        rows = await self._read(statement, values)
        try:
            content = write_rows(rows)
        except TypeError:
            log.exception("rows that can't be kept")
        else:
            self.kept.store.keep(digest, Envelope(content, stamp, self.tags, time.time()))
        return rows

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - a row, or None
        """The row that has a key, or None: that costs less than asking the cache."""
        return await self.database.find(lookup, key, values)

    def observed(self, observe: Callable[[Ran], None]) -> Self:
        """The same with each statement told to somebody."""
        return type(self)(self.database.observed(observe), self.kept, self.tags, self.worth)

    async def _read(self, statement: Statement, values: Mapping[str, object] | None) -> list[Any]:
        began = time.perf_counter()
        self.kept.running += 1
        try:
            rows = await self.database.read(statement, values)
            self.worth.note_work(time.perf_counter() - began, self.kept.running)
        finally:
            self.kept.running -= 1
        return rows


def digest_of_read(statement: Statement, values: Mapping[str, object] | None) -> bytes:
    """What stands for a statement and its values in the shared cache."""
    return digest_of(statement.text.encode(), written(values or {}))
