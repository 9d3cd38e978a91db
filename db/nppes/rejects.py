"""Rows that can't be taken: which, why, and the file that lists them."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from db.nppes.errors import NotWritableError

# A file with more rejected rows than this, and than the caller allows, isn't what it should be: it isn't read on.
ENOUGH = 100_000


class Reject(NamedTuple):
    """A row that can't be taken: its line in the file (the header is line 1), its NPI as it stands, and why."""

    line: int
    npi: str
    reason: str


@dataclass
class Rejects:
    """The rejected rows of one file: the first, and how many; all are written to `listing` as they come.

    `listed` of them have been written before, by a reading that began again.
    """

    file: str
    allowed: int
    listing: Path | None
    listed: int = 0
    count: int = 0
    first: Reject | None = None

    @property
    def most(self) -> int:
        """Return with how many rejected rows a file is still read to its end."""
        return max(self.allowed, ENOUGH)

    @property
    def are_enough(self) -> bool:
        """Return whether the file needn't be read on."""
        return self.count > self.most

    def extend(self, rejects: list[Reject]) -> None:
        """Add the rejected rows of one block; blocks come in the order of the file. Raises NotWritableError."""
        if not rejects:
            return
        rejects.sort()
        self.first = self.first or rejects[0]
        unlisted = rejects[max(self.listed - self.count, 0) :]
        self.count += len(rejects)
        if self.listing is not None and unlisted:
            self._list(self.listing, unlisted)
            self.listed = self.count

    def refusal(self) -> str:
        """Return what to tell a person whose file isn't loaded because of these rows."""
        if self.first is None:
            return f"No row of {self.file} is rejected."
        told = f"{self.file}, line {self.first.line:,}: {self.first.reason}."
        listed = f" in {self.listing}" if self.listing else ""
        if self.are_enough:
            those = f" The first {self.count:,} are listed{listed}." if listed else ""
            return (
                f"{told} More than {self.most:,} rows can't be taken, so the file was not read to its end and "
                f"nothing of it was written.{those} Is it complete, and what it should be?"
            )
        all_of_them = f" All are listed{listed}." if listed else ""
        number = f"{self.count:,} rows" if self.count > 1 else "1 row"
        return (
            f"{told} {number} can't be taken, so nothing of the file was written.{all_of_them} "
            f"To load the rest: --max-rejected {self.count}"
        )

    def _list(self, path: Path, rejects: Iterable[Reject]) -> None:
        try:
            with path.open("a", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                if file.tell() == 0:
                    writer.writerow(("file", "line", "npi", "reason"))
                writer.writerows((self.file, *reject) for reject in rejects)
        except OSError as error:
            raise NotWritableError(
                f"The list of rejected rows, {path}, can't be written: {error.strerror or error}. Nothing of "
                f"{self.file} was written. Name another place with --rejects."
            ) from error
