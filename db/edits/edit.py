"""New values for a locked row, and which of them change anything."""

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg


class Edit:
    """New values of some columns of a row that nobody else can change meanwhile; `new` are those that differ."""

    __slots__ = ("new", "row")

    def __init__(self, row: asyncpg.Record, values: Mapping[str, object]) -> None:
        self.row = row
        self.new: Mapping[str, object] = {name: value for name, value in values.items() if row[name] != value}

    @property
    def old(self) -> Mapping[str, object]:
        """What is there now in place of `new`."""
        return {name: self.row[name] for name in self.new}

    def after(self, names: Iterable[str]) -> dict[str, Any]:
        """These columns as they are once it is written."""
        new, row = self.new, self.row
        return {name: new[name] if name in new else row[name] for name in names}
