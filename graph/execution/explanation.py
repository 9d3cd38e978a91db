"""Where one operation's time went: what ran it, and each statement with its keys, rows and milliseconds."""

from typing import Any

from db.engine import Read
from graph.execution.compile import Compiled


class Explanation:
    """Notes the statements of one operation as they end."""

    def __init__(self) -> None:
        self._reads: list[Read] = []

    def note(self, read: Read) -> None:
        """Note a statement that has run."""
        self._reads.append(read)

    def as_extension(self, compilation: Compiled | None) -> dict[str, Any]:
        """Return what `extensions.explain` says of an operation, and of what it was compiled to, if it was."""
        return {
            "executor": "compiled" if compilation else "reference",
            "source": compilation.source.splitlines() if compilation else None,
            "statements": [
                {
                    "sql": " ".join(read.text.split()),
                    "keys": read.keys,
                    "rows": read.rows,
                    "milliseconds": round(read.seconds * 1000, 3),
                }
                for read in self._reads
            ],
        }
