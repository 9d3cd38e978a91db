"""What a load tells: where it is while it runs, and what it did."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Literal

from db.nppes.layout import FileKind

Phase = Literal["reading", "merging", "indexing", "checking"]


@dataclass(frozen=True)
class Progress:
    """Where a load is: bytes of the file (not of the ZIP it lies in), and rows of it, so far."""

    file: str
    phase: Phase
    bytes_done: int
    bytes_total: int
    rows: int


@dataclass
class FileSummary:
    """What became of one file: `skipped` says why nothing was done with it, the counts are of rows or records."""

    name: str
    kind: FileKind | None
    skipped: str | None = None
    read: int = 0
    individuals: int = 0
    created: int = 0
    changed: int = 0
    deactivated: int = 0
    reactivated: int = 0
    # Companies whose number the registry has given to an individual.
    became_individuals: int = 0
    unchanged: int = 0
    removed: int = 0
    # Rows of a number and a date alone whose NPI was never seen with a name.
    deactivations_noted: int = 0
    locations_added: int = 0
    locations_updated: int = 0
    locations_removed: int = 0
    names_changed: int = 0
    # Rows of the two smaller files whose NPI is no company here, and rows that say a thing once more.
    strangers: int = 0
    duplicates: int = 0
    # Rows of which something newer is known.
    older: int = 0
    rejected: int = 0
    # Lines that weren't UTF-8 and were read as Windows-1252.
    recoded: int = 0
    # Rows with a ZIP that wasn't stored, since a spreadsheet took its leading zeros away.
    lost_zeros: int = 0

    def take(self, counts: Counter[str]) -> None:
        """Add the counts of a merge, which are named after these fields."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)

    def counts(self) -> dict[str, int]:
        """Return the counts that aren't zero."""
        return {name: count for name, count in asdict(self).items() if isinstance(count, int) and count}


@dataclass
class Summary:
    """What a load did, file by file in the order of loading."""

    files: list[FileSummary] = field(default_factory=list)

    def total(self, name: str) -> int:
        """Return one count over all the files."""
        return sum(file.counts().get(name, 0) for file in self.files)
