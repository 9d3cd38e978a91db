"""A directory whose rows fail or are empty here and there, the same for whoever asks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.engine import Database
from db.failures import StatementTimeoutError
from db.lookups import Lookup
from db.rows import read_rows, write_rows
from db.statement import Statement

# What the readers themselves go by; rows can't do without them.
_NEEDED = {"npi", "id", "count", "kind", "page"}


class BrokenError(Exception):
    """A value that can't be had."""


@dataclass(frozen=True)
class Tampering:
    """What goes wrong: it depends on the values alone, so that every way of reading them meets the same."""

    seed: int
    # Of 1,000 values: how many fail, and how many are empty.
    broken: int = 0
    empty: int = 0
    # Of 1,000 companies: how many can't be found by their key.
    lost: int = 0
    # The table whose every statement fails.
    failing: str | None = None

    def fate(self, *what: object) -> int:
        """Return a number below 1,000 that stands for good for some value."""
        digest = hashlib.blake2b(repr((self.seed, *what)).encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") % 1000


class TamperedRow:
    """A row that looks like the one it wraps."""

    def __init__(self, row: Any, tampering: Tampering) -> None:
        self._row = row
        self._tampering = tampering
        # A row gives the same object each time, and so does this.
        self._held: dict[str, Any] = {}
        # The database itself sees to these.
        self.noun = getattr(row, "noun", None)
        self._never_null: frozenset[str] = getattr(row, "never_null", frozenset())

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._row)

    def __getitem__(self, key: str | int) -> Any:
        name = list(self._row.keys())[key] if isinstance(key, int) else key
        value = self._row[key]
        if name in _NEEDED or name.startswith("key_"):
            return value
        fate = self._tampering.fate(name, value)
        if fate < self._tampering.broken:
            raise BrokenError(name)
        if fate < self._tampering.broken + self._tampering.empty and name not in self._never_null:
            return None
        if name not in self._held:
            self._held[name] = self._wrapped(value)
        return self._held[name]

    def _wrapped(self, value: Any) -> Any:
        """Tamper with what a column holds, too."""
        if isinstance(value, list):
            return [self._wrapped(each) for each in value]
        return TamperedRow(value, self._tampering) if isinstance(value, dict) else value

    def get(self, name: str) -> Any:
        return self[name] if name in self._row.keys() else None  # noqa: SIM118 - a row's own iterator gives values


def untampered(value: object) -> Any:
    """Return what a row wraps that stands in an answer as it is, as an object of the scalar JSON does."""
    if isinstance(value, TamperedRow):
        return value._row
    raise TypeError(type(value).__name__)


class ReadDatabase:
    """A database that looks up what it reads."""

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        raise NotImplementedError

    async def find(self, lookup: Lookup, key: object, values: Mapping[str, object]) -> Any:
        rows = await self.read(lookup.statement, {**values, lookup.keys: [key]})
        return next((row for row in rows if row[lookup.column] == key), None)


class KeptDatabase(ReadDatabase):
    """A database whose rows have been bytes, as those of a cache have."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        rows = await self._database.read(statement, values)
        return list(read_rows(write_rows(rows), statement.row))


class TamperedDatabase(ReadDatabase):
    """A database whose reads are tampered with."""

    def __init__(self, database: Database, tampering: Tampering) -> None:
        self._database = database
        self._tampering = tampering

    async def read(self, statement: Statement, values: Mapping[str, object] | None = None) -> list[Any]:
        tampering = self._tampering
        if tampering.failing and f"FROM {tampering.failing}" in statement.text:
            raise StatementTimeoutError(tampering.failing)
        rows = await self._database.read(statement, values)
        if statement.text.endswith("WHERE companies.npi = any($1::TEXT[])"):
            rows = [row for row in rows if tampering.fate("lost", row["npi"]) >= tampering.lost]
        return [TamperedRow(row, tampering) for row in rows]
