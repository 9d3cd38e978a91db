"""What a person types into a search box, as a tsquery over the column `words`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from db.folding import MOST_INITIALS, is_initial, split

# Initials are also cut into shorter ones, as M.D., P.A. for MD PA; each letter more makes half as many ways again.
_MOST_CUT = 6
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Search:
    """A tsquery's text, and how many different words it is made of; a text without words has neither."""

    query: str
    words: int


def search(text: str) -> Search:
    """Return a text as a search: each word begins a word of the row, initials as one word or as several."""
    found = split(text)
    terms: dict[str, None] = {}
    for are_initials, group in groupby(found, is_initial):
        run = list(group)
        if are_initials and len(run) >= _SHORTEST:
            terms[_initials("".join(run))] = None
        else:
            terms |= dict.fromkeys(_all([word]) for word in run)
    return Search(" & ".join(terms), len(set(found)))


def _initials(run: str) -> str:
    """Return M.D. as the word md or as the words m and d, and M.D., P.A. as md and pa too."""
    ways = [[run[:MOST_INITIALS]], list(run)]
    if len(run) <= _MOST_CUT:
        ways += (way for way in _cuts(run) if len(way) > 1)
    return f"({' | '.join(_all(way) for way in ways)})"


def _cuts(run: str) -> Iterator[list[str]]:
    """Yield the ways to cut a run into pieces of two letters or more, the last of which may have only begun."""
    yield [run]
    for place in range(_SHORTEST, len(run)):
        yield from ([run[:place], *rest] for rest in _cuts(run[place:]))


def _all(words: list[str]) -> str:
    """Return "all of these words", the last of them perhaps only begun; folded words hold no quotes."""
    return " & ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}':*"])
