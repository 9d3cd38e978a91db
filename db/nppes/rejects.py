"""Rows that can't be taken: which, why, and the file that lists them."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

# What one row that couldn't be taken costs in memory is some 200 bytes; past this many they are only counted.
_KEPT = 100_000


@dataclass(frozen=True)
class Reject:
    """A row that can't be taken: its line in the file (the header is line 1), its NPI as it stands, and why."""

    line: int
    npi: str
    reason: str


@dataclass
class Rejects:
    """The rejected rows of one file."""

    file: str
    count: int = 0
    first: Reject | None = None
    kept: list[Reject] = field(default_factory=list)

    def extend(self, rejects: list[Reject]) -> None:
        """Add the rejected rows of one block; blocks come in the order of the file."""
        self.count += len(rejects)
        self.kept.extend(sorted(rejects, key=lambda reject: reject.line)[: _KEPT - len(self.kept)])
        self.first = self.kept[0] if self.kept else None

    def refusal(self, listed_in: Path | None) -> str:
        """Return what to tell a person whose file isn't loaded because of these rows."""
        if self.first is None:
            return f"No row of {self.file} is rejected."
        listed = f" All are listed in {listed_in}." if listed_in else ""
        number = f"{self.count:,} rows" if self.count > 1 else "1 row"
        return (
            f"{self.file}, line {self.first.line:,}: {self.first.reason}. {number} can't be taken, so nothing of "
            f"the file was written.{listed} To load the rest: --max-rejected {self.count}"
        )

    def write(self, path: Path) -> None:
        """Append to the CSV file of rejects, starting it with a header line where it is new or empty."""
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if file.tell() == 0:
                writer.writerow(("file", "line", "npi", "reason"))
            writer.writerows((self.file, row.line, row.npi, row.reason) for row in self.kept)
