"""What is told of an operation, and the name that it counts under: one that an operator knows, else `other`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from graph.environment.forms import MOST_OPERATIONS

# What operations count under whose documents anybody may have sent.
OTHER: Final = "other"


@dataclass(frozen=True, slots=True, eq=False)
class ToldOperation:
    """What is told of an operation of a valid document, the same each time that it runs."""

    # A name as GraphQL's grammar has them.
    name: str | None
    # "query", "mutation" or "subscription"; and whether it is answered again and again.
    kind: str
    goes_on: bool
    # The SHA-256 of its document's text, in hexadecimal digits.
    document: str
    # What it counts under.
    label: str
    # Of the trusted documents, by which the label was chosen.
    generation: int


class OperationNames:
    """Chooses what operations count under: their names, where their documents are trusted or the names are listed.

    Each value of a label is a time series for ever, and a client may send any name.
    """

    def __init__(
        self, listed: frozenset[str] = frozenset(), is_trusted: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._listed = listed
        self._is_trusted = is_trusted
        # Counts how often the trusted documents have changed.
        self.generation = 0
        self._used: set[str] = set()

    def renew(self) -> None:
        """Choose anew from now on: the trusted documents have changed."""
        self.generation += 1

    def label_of(self, name: str | None, document: str) -> str:
        """Return what an operation counts under, by its name and its document's text."""
        if name is None or not (name in self._listed or self._is_trusted(document)):
            return OTHER
        if name not in self._used:
            if len(self._used) >= MOST_OPERATIONS:
                return OTHER
            self._used.add(name)
        return name
