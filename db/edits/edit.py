"""New values for a locked row, and which of them change anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import asyncpg


@dataclass(frozen=True, eq=False)
class Edit:
    """New values of some columns of a row that nobody else can change meanwhile."""

    row: asyncpg.Record
    values: Mapping[str, object]

    @cached_property
    def new(self) -> Mapping[str, object]:
        """Those that differ from what is there."""
        return {name: value for name, value in self.values.items() if self.row[name] != value}

    @cached_property
    def old(self) -> Mapping[str, object]:
        """What is there now in their place."""
        return {name: self.row[name] for name in self.new}
