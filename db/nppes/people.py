"""Rows of individuals known by their lines before anything is parsed: four in five of the main file are that."""

from dataclasses import dataclass

import polars as pl

from db.nppes import layout
from db.nppes.checks import has_check_digit
from db.nppes.numbers import Numbers
from db.nppes.table import Table

# What must stand in a column, without its quotes; in the others any plain value may.
_VALUES = {layout.NPI: "[12][0-9]{9}", layout.ENTITY_TYPE: "1", layout.DEACTIVATED: ""}
# Nothing but ASCII, since a search for all of Unicode takes twice as long; no quotes and no control characters.
_NOT_PLAIN = r"\x00-\x1f\x7f-\x{10FFFF}"


@dataclass(frozen=True)
class People:
    """What the lines of individuals look like in which nothing can be wrong, and whose number was always in force.

    `known` are the numbers which it matters to see among individuals all the same.
    """

    pattern: str
    known: Numbers

    def are(self, lines: pl.Series) -> pl.Series:
        """Return whether each line is such a one, so that nothing comes of it."""
        is_person = lines.str.contains(self.pattern)
        npis = pl.select(pl.when(is_person).then(lines.str.strip_chars_start('"').str.head(10))).to_series()
        is_good = pl.select(has_check_digit(pl.lit(npis)).fill_null(value=False)).to_series()
        return is_good & ~self.known.hold(npis.fill_null("0"))


def people_in(table: Table, known: Numbers) -> People | None:
    """Return how individuals are told in a file; None where there are none, or the first column isn't the NPI."""
    columns = list(table.schema)
    if layout.ENTITY_TYPE not in columns or columns[0] != layout.NPI:
        return None
    values = [_value(_VALUES.get(column), table.separator) for column in columns]
    return People(f"^{f'[{table.separator}]'.join(values)}\r?$", known)


def _value(value: str | None, separator: str) -> str:
    """Return what matches a value, any where None is given, with quotes round it or without."""
    if value is not None:
        return f'(?:"{value}"|{value})'
    return f'(?:"[^"{_NOT_PLAIN}]*"|[^"{separator}{_NOT_PLAIN}]*)'
