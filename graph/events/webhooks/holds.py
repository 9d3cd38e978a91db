"""Why this server sends a webhook nothing for a while, though its address is well."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hold:
    """For how many seconds nothing is sent, and why, in words for the webhook's owner."""

    seconds: float
    problem: str


BUSY: Final = Hold(5.0, "The server can't make its events at the moment.")
LOCKED: Final = Hold(300.0, "This server can't decrypt its secret; ask whoever runs the server.")
BROKEN: Final = Hold(60.0, "Something went wrong on the server.")

# A webhook that is held back has one of these as its problem.
PROBLEMS: Final = tuple(each.problem for each in (BUSY, LOCKED, BROKEN))
