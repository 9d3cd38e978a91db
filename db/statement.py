"""A statement that SQLAlchemy compiled once, as asyncpg runs it: text with $1, $2 and the order of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.elements import ClauseElement

from db.columns import MARK

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text, the names of its values in the order of $1, $2, ..., and the class of its rows.

    `plans_once` is for a statement whose best plan is the same for all values, such as a look-up by key.
    """

    text: str
    names: tuple[str, ...]
    row: type[asyncpg.Record]
    plans_once: bool = False

    def arguments(self, values: Mapping[str, object]) -> Sequence[object]:
        """Return the values in the statement's order."""
        return [values[name] for name in self.names]

    def selecting(self, columns: str) -> "Statement":
        """Return the statement with its columns, in SQL, in place of the mark."""
        return replace(self, text=self.text.replace(MARK.name, columns))


def compiled(
    clause: ClauseElement, row: type[asyncpg.Record] = asyncpg.Record, *, plans_once: bool = False
) -> Statement:
    """Compile a clause for asyncpg; it costs milliseconds, so callers keep what they get."""
    result = clause.compile(dialect=_DIALECT)
    return Statement(str(result), tuple(getattr(result, "positiontup", None) or ()), row, plans_once)
