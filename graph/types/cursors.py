"""Cursors: a row's place in one list, as an opaque text that is good for that list only."""

import base64
import binascii
import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from db.pages import Order, Position
from graph.errors import InvalidCursorError


def binding_of(list_: object) -> str:
    """Return what ties a cursor to its list: a digest of all that makes the list what it is."""
    return hashlib.blake2b(repr(list_).encode(), digest_size=6).hexdigest()


def encode_cursor(binding: str, position: Position) -> str:
    """Return a position as an opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps((binding, *position), default=str)).rstrip(b"=").decode()


def decode_cursor(cursor: str, binding: str, order: Order, field: str) -> Position:
    """Return the position in a cursor; raises InvalidCursorError for anything `encode_cursor` didn't make."""
    try:
        found, *values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if found != binding:
            raise InvalidCursorError(
                f"{field} is a cursor from another list: the order, the filter or the parent differs. "
                "Start again without it.",
                field=field,
            )
        return tuple(_key(value, key.python) for value, key in zip(values, order, strict=True))
    except (binascii.Error, OverflowError, TypeError, ValueError) as error:
        raise InvalidCursorError(f"{field} is not a cursor of this API.", field=field) from error


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError(value)
    return str(value)


def _small_integer(value: int) -> int:
    if value not in _SMALLINT:
        raise ValueError(value)
    return int(value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _instant(value: str) -> datetime:
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError(value)
    # An instant near either end of the calendar may be none in UTC.
    return parsed.astimezone(UTC)


_SMALLINT = range(-32_768, 32_768)

# The JSON type of each kind of key, and how its value is read back.
_KEYS: Mapping[type, tuple[type, Callable[[Any], object]]] = {
    str: (str, _text),
    int: (int, _small_integer),
    float: (float, _finite),
    date: (str, date.fromisoformat),
    datetime: (str, _instant),
    UUID: (str, UUID),
}


def _key(value: object, python: type) -> object:
    """Return one value of a position as its key's type; raises TypeError or ValueError."""
    json_type, read = _KEYS[python]
    if type(value) is not json_type:
        raise TypeError(value)
    return read(value)
