"""One operation that is watched while it reads: what its answer depends on is noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from db.engine import Database
from graph.cache.peeks import Peeks
from graph.cache.reads import KeptReads
from graph.cache.replica_reads import ReplicaReads
from graph.cache.tags import Tags
from graph.context import Context
from graph.execution.sources import Read


@dataclass(slots=True)
class Watch:
    """What an operation depends on, as far as it has read; `reads` stands before the database for dear ones."""

    reads: KeptReads | Peeks | None = None
    _tags: set[str] = field(default_factory=set)
    # Whether a read says nothing of what it depends on.
    _is_lost: bool = False

    @property
    def tags(self) -> Tags | None:
        """What the answer depends on; None where that isn't known."""
        return None if self._is_lost else frozenset(self._tags)

    def lose(self) -> None:
        """Note that nobody can tell when the answer is no longer right: it isn't kept."""
        self._is_lost = True

    def over(
        self, read: Read, context: Context, parents: Sequence[Any], arguments: Mapping[str, object]
    ) -> Context:
        """The context for one read: with what is kept of it in front of the database, where that is worth it."""
        if read.tags is None:
            # A relation is covered by its parents' tags; a read at the root without any is not.
            self._is_lost = self._is_lost or not read.is_batched
            return context
        found = read.tags(parents, **arguments) if read.is_batched else read.tags(**arguments)
        if found is None:
            return context
        tags = frozenset(found)
        self._tags |= tags
        if self.reads is None or not read.is_dear or not isinstance(context.database, Database | ReplicaReads):
            return context
        return replace(context, database=self.reads.before(context.database, read, tags))
