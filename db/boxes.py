"""Boxes between two parallels and two meridians, and the cells that cover them.

The earth is a grid of tenths of a degree, counted from the south pole and from the antimeridian. A cell is called
by the four digits of its row and the four of its column in turn (the function `cell` in the database), so that
each beginning of its name is a larger one round it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

# What begins in more ways than this is covered by larger cells.
MOST_CELLS = 32
_DIGITS = 4
_LAST_ROW, _LAST_COLUMN = 1800.0, 3600.0
_POLE, _ANTIMERIDIAN = 90.0, 180.0


@dataclass(frozen=True, slots=True)
class Box:
    """What lies between two meridians and two parallels, in degrees and with its edges.

    Where `west` is more than `east`, it lies across the antimeridian.
    """

    west: float
    south: float
    east: float
    north: float

    def parts(self) -> Iterator["Box"]:
        """Return boxes that hold the same places by their numbers alone, each with `west` up to `east`."""
        if self.west > self.east:
            yield Box(self.west, self.south, _ANTIMERIDIAN, self.north)
            yield Box(-_ANTIMERIDIAN, self.south, self.east, self.north)
        else:
            yield self
            # A place on the antimeridian is as well called by the one as by the other number.
            if self.west == -_ANTIMERIDIAN:
                yield Box(_ANTIMERIDIAN, self.south, _ANTIMERIDIAN, self.north)
            if self.east == _ANTIMERIDIAN:
                yield Box(-_ANTIMERIDIAN, self.south, -_ANTIMERIDIAN, self.north)
        # And so is a pole by any longitude.
        for pole in {self.south, self.north} & {-_POLE, _POLE}:
            yield Box(-_ANTIMERIDIAN, pole, _ANTIMERIDIAN, pole)

    def __and__(self, other: "Box") -> "Box":
        """Return what two boxes have in common, neither of which lies across the antimeridian.

        Where that is nothing, a side lies beyond the one that is opposite.
        """
        return Box(
            max(self.west, other.west),
            max(self.south, other.south),
            min(self.east, other.east),
            min(self.north, other.north),
        )

    def cells(self) -> list[str]:
        """Return the beginnings of the names of cells that cover it, unless it lies across the antimeridian."""
        south, north = (_row(latitude) for latitude in (self.south, self.north))
        west, east = (_column(longitude) for longitude in (self.west, self.east))
        for length in range(2 * _DIGITS, 1, -1):
            of_row, of_column = (length + 1) // 2, length // 2
            rows, columns = _beginnings(south, north, of_row), _beginnings(west, east, of_column)
            if len(rows) * len(columns) <= MOST_CELLS:
                break
        return [_in_turn(f"{row:0{of_row}d}", f"{column:0{of_column}d}") for row in rows for column in columns]


def _row(latitude: float) -> int:
    return math.floor(min(_LAST_ROW, max(0.0, (latitude + _POLE) * 10)))


def _column(longitude: float) -> int:
    return math.floor(min(_LAST_COLUMN, max(0.0, (longitude + _ANTIMERIDIAN) * 10)))


def _beginnings(first: int, last: int, length: int) -> range:
    """Return how the numbers from the first to the last one begin: so many of their digits."""
    scale = 10 ** (_DIGITS - length)
    return range(first // scale, last // scale + 1)


def _in_turn(row: str, column: str) -> str:
    return "".join(digit for pair in zip(row, [*column, ""], strict=False) for digit in pair)
