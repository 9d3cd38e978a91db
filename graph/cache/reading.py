"""The log of changes as those read it who listen: together where they have come to the same place."""

from collections.abc import Mapping, Sequence
from typing import Any

from db import changes
from db.changes import Filter, Scan
from db.reads import Reads
from graph.cache.follower import Follower
from graph.cache.single_flight import SingleFlight


class Reading:
    """Reads pages of the log, and tells when it goes on."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._pages: SingleFlight[Scan] = SingleFlight()
        self._next: SingleFlight[Mapping[int, int]] = SingleFlight()

    async def goes_on(self, cursor: int) -> None:
        """Wait until the log is known to go on behind a change, or to have become another one."""
        await self._follower.goes_on(cursor)

    async def page(self, database: Reads, after: int, size: int, only: Filter) -> Scan:
        """Return a page as `changes.page` does; one that was asked for a moment ago may lack what came since."""
        return await self._pages.do((after, size, only.key), lambda: changes.page(database, after, size, only))

    async def next_of_each(self, database: Reads, rows: Sequence[Any]) -> Mapping[int, int]:
        """Return what comes after each as `changes.next_of_each` does, with the same reserve."""
        key = tuple(row["id"] for row in rows)
        return await self._next.do(key, lambda: changes.next_of_each(database, rows))
