"""A statement that SQLAlchemy compiled once, as asyncpg runs it: text with $1, $2 and the order of values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.elements import ClauseElement

# Stands in a statement for the columns to come.
MARK = "/*columns*/"

# Stands in columns for a value: $(name).
_PARAMETER = re.compile(r"\$\((\w+)\)")

# Stands in a statement's text for a value.
_PLACE = re.compile(r"\$(\d+)")

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text, the names of its values in the order of $1, $2, ..., and the class of its rows.

    `plans_once` is for a statement whose best plan is the same for all values, such as a look-up by key. `as_of`
    is the change as of which it reads (db/past.py); None for what is there now. One that `is_select` may
    stand within another one.
    """

    text: str
    names: tuple[str, ...]
    row: type[asyncpg.Record]
    plans_once: bool = False
    as_of: int | None = None
    is_select: bool = False

    def arguments(self, values: Mapping[str, object]) -> Sequence[object]:
        """Return the values in the statement's order."""
        return [values[name] for name in self.names]

    def selecting(self, columns: str) -> "Statement":
        """Return the statement with its columns, in SQL, in place of the mark; `$(name)` in them is a value."""
        names = list(self.names)

        def placed(found: re.Match[str]) -> str:
            name = parameter(found[1])
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"

        columns = _PARAMETER.sub(placed, columns)
        return replace(self, text=self.text.replace(MARK, columns), names=tuple(names))

    def followed_by(self, other: "Statement", form: str) -> "Statement":
        """Return a statement made of both, whose form in SQL has `{first}` and `{second}` in it."""
        second = _shifted(other.text, len(self.names))
        return replace(other, text=form.format(first=self.text, second=second), names=(*self.names, *other.names))

    def repeated(self, count: int, part: str) -> "Statement":
        """Return the statement as often as that, one after the other, with the values of each in their order.

        The rows have the number of theirs, from 0, as their last column, called `part`.
        """
        size = len(self.names)
        parts = (
            f"SELECT each.*, {number} AS {part} FROM ({_shifted(self.text, number * size)}) AS each"  # noqa: S608 - ours
            for number in range(count)
        )
        names = tuple(f"{name} {number}" for number in range(count) for name in self.names)
        return replace(self, text=" UNION ALL ".join(parts), names=names)


def _shifted(text: str, by: int) -> str:
    """Return a text whose values are as many places further on."""
    return _PLACE.sub(lambda found: f"${int(found[1]) + by}", text)


def parameter(name: str) -> str:
    """Return what the value of `$(name)` in columns is called among a statement's values."""
    return f"${name}"


def compiled(
    clause: ClauseElement,
    row: type[asyncpg.Record] = asyncpg.Record,
    *,
    plans_once: bool = False,
    is_select: bool = False,
) -> Statement:
    """Compile a clause for asyncpg; it costs milliseconds, so callers keep what they get."""
    result = clause.compile(dialect=_DIALECT)
    return Statement(
        str(result), tuple(getattr(result, "positiontup", None) or ()), row, plans_once, is_select=is_select
    )
