"""Individuals among a sample's companies: only their numbers are their own, so that millions are soon written."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from db.nppes.errors import LoadError
from db.nppes.sample import npi, room

# How many different rows there are but for the numbers.
VARIETY = 5_000


@dataclass(frozen=True)
class People:
    """The individuals of a sample: `share` for each company, with rows picked from `rows`, which have no NPI.

    Raises LoadError where there aren't as many numbers.
    """

    companies: int
    share: float
    rows: list[bytes]
    rng: random.Random

    def __post_init__(self) -> None:
        most = room(self.companies) - 3
        if self.share > most:
            raise LoadError(f"There aren't numbers for more than {most} individuals for each company.")

    def among(self, companies: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the rows of companies, whose first value is a quoted NPI, with individuals, in order of NPI."""
        step = room(self.companies)
        for row in companies:
            place, number = divmod(int(row[2:10]), step)
            many = int(self.share * (place + 1)) - int(self.share * place)
            # Of the numbers that the company has to itself, some in a row, behind its own.
            first = number + self.rng.randrange(1, step - many)
            people = [self._row(place * step + each % step) for each in range(first, first + many)]
            yield from sorted([row, *people])

    def _row(self, number: int) -> bytes:
        return b'"' + npi(number).encode() + self.rng.choice(self.rows)[1:]
