"""Counts in memory who uses which part of the schema, and adds it to the database's now and then."""

import asyncio
import logging
from collections import Counter
from datetime import UTC, date, datetime
from typing import Final, NamedTuple, NoReturn

from db import usage
from db.engine import Database
from db.failures import words_of

# Seconds between two writings: what a process has counted since is lost if it is killed.
INTERVAL: Final = 60.0
# Seconds that the last writing may take, when the server stops.
PATIENCE: Final = 2.0

# Pairs of a client and what it used that are told apart between two writings; beyond, clients of a kind count
# together. Whoever sends other names, or other documents, with each request can't have more memory than this.
MOST: Final = 1_000

log = logging.getLogger("ariesone.usage")


class Client(NamedTuple):
    """What a client is known by.

    `kind` is one of KINDS (db/usage_tables.py); what has no name or version has an empty one.
    """

    kind: str
    name: str = ""
    version: str = ""


Pair = tuple[Client, frozenset[str]]


class UsageCounts:
    """How often each client used what together since the last writing; `is_whole` if all of the schema counts."""

    def __init__(self) -> None:
        self.is_whole = False
        self._counts: dict[Pair, int] = {}
        # Of clients that were too many, by kind and coordinate: there are only so many of these.
        self._others: Counter[tuple[str, str]] = Counter()
        # The last day of which it is noted that uses were counted.
        self._noted: date | None = None

    def count(self, client: Client, coordinates: frozenset[str], times: int = 1) -> None:
        """Count that a client used these coordinates."""
        pair = (client, coordinates)
        known = self._counts.get(pair)
        if known is not None:
            self._counts[pair] = known + times
        elif len(self._counts) < MOST:
            self._counts[pair] = times
        else:
            for each in coordinates:
                self._others[client.kind, each] += times

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted since the last writing."""
        return not (self._counts or self._others)

    async def write(self, database: Database) -> None:
        """Add what was counted to the database; if that fails, it is counted on."""
        today = datetime.now(UTC).date()
        if self.is_empty and self._noted == today:
            return
        counts, others = self._counts, self._others
        self._counts, self._others = {}, Counter()
        try:
            await usage.add(database, rows_of(counts, others), is_whole=self.is_whole)
        except BaseException:
            for (client, coordinates), times in counts.items():
                self.count(client, coordinates, times)
            self._others.update(others)
            raise
        self._noted = today

    async def watch(self, database: Database) -> NoReturn:
        """Write now and then until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            await self.try_write(database)

    async def write_last(self, database: Database) -> None:
        """Write what is left, where that takes no time."""
        if not self.is_empty:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.try_write(database)
            except TimeoutError:
                log.warning("the last usage of fields wasn't recorded: the database took too long")

    async def try_write(self, database: Database) -> None:
        """Write, or say in the log why that can't be done."""
        try:
            await self.write(database)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next time must come
            log.warning("the usage of fields can't be recorded: %s", words_of(error))


def rows_of(counts: dict[Pair, int], others: Counter[tuple[str, str]]) -> list[usage.Count]:
    """Return counts by client and coordinate."""
    rows: Counter[tuple[Client, str]] = Counter()
    for (client, coordinates), times in counts.items():
        for coordinate in coordinates:
            rows[client, coordinate] += times
    for (kind, coordinate), times in others.items():
        rows[Client(kind), coordinate] += times
    return [usage.Count(*client, coordinate, times) for (client, coordinate), times in rows.items()]


usage_counts = UsageCounts()
