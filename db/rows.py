"""Rows as bytes, and back: what a cache can hold of a read, and hand out in its place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import orjson

# What is no JSON, by the name that it has there: its type, and how it is made of what is.
_KINDS: Mapping[str, tuple[type, Callable[[Any], Any]]] = {
    "instant": (datetime, datetime.fromisoformat),
    "day": (date, date.fromisoformat),
    "uuid": (UUID, UUID),
    "point": (asyncpg.Point, lambda place: asyncpg.Point(*place)),
}


class KeptRow:
    """A row that was read before: it is asked like the row it was, by position or by name."""

    __slots__ = ("_places", "_values")

    # As the rows of its kind have them.
    noun: ClassVar[str | None] = None
    never_null: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, places: Mapping[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, key: str | int) -> Any:  # noqa: ANN401 - what the column holds
        return self._values[self._places[key] if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401 - what the column holds
        """Return a column, or the default where the row has none of this name."""
        return self[name] if name in self._places else default

    def keys(self) -> Iterator[str]:
        """Return the names of the columns."""
        return iter(self._places)


def write_rows(rows: Sequence[Any]) -> bytes:
    """Return rows of one statement as bytes; raises TypeError for a value that can't be written."""
    if not rows:
        return b"[]"
    names = list(rows[0].keys())
    kinds = [_kind_of(row[place] for row in rows) for place in range(len(names))]
    return orjson.dumps([names, kinds, [list(row) for row in rows]], default=_write_other)


def read_rows(content: bytes, row: Any) -> list[KeptRow]:  # noqa: ANN401 - a class of rows
    """Return the rows in bytes, of the kind that a statement's rows are."""
    found = orjson.loads(content)
    if not found:
        return []
    names, kinds, rows = found
    places = {name: place for place, name in enumerate(names)}
    readers = [(place, _KINDS[kind][1]) for place, kind in enumerate(kinds) if kind]
    for values in rows:
        for place, read in readers:
            if values[place] is not None:
                values[place] = read(values[place])
    make = kept_class(row)
    return [make(places, values) for values in rows]


@lru_cache(maxsize=64)
def kept_class(row: Any) -> type[KeptRow]:  # noqa: ANN401 - a class of rows
    """Return the class of kept rows that stand for a class of rows."""
    own: dict[str, object] = {"__slots__": ()}
    own |= {name: getattr(row, name) for name in ("noun", "never_null") if hasattr(row, name)}
    return type(f"Kept{row.__name__}", (KeptRow,), own)


def _kind_of(values: Iterator[Any]) -> str | None:
    """Return how a column's values are to be read back; None where JSON has them."""
    value = next((each for each in values if each is not None), None)
    return next((name for name, (type_, _) in _KINDS.items() if isinstance(value, type_)), None)


def _write_other(value: object) -> list[float] | str:
    if isinstance(value, asyncpg.Point):
        return [value.x, value.y]
    # The driver has a kind of its own.
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be kept.")
