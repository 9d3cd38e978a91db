"""What a person types into a search box, as a tsquery over the column `words`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from db.folding import MOST_INITIALS, is_initial, split

# Initials are also cut into shorter ones, as M.D., P.A. for MD PA; each letter more makes half as many ways again.
_MOST_CUT = 6
_SHORTEST = 2
# A word of so many letters at most may be written as initials, too: MD is M.D. as well.
_MOST_OF_WORD = 3


@dataclass(frozen=True, slots=True)
class Search:
    """A tsquery's text, and how many different words it is made of; a text without words has neither."""

    query: str
    words: int


def search(text: str) -> Search:
    """Return a text as a search: the last word may be only begun, initials are one word or several."""
    found = split(text)
    runs = [(are_initials, list(run)) for are_initials, run in groupby(found, is_initial)]
    terms: dict[str, None] = {}
    for place, (are_initials, run) in enumerate(runs, start=1):
        is_last = place == len(runs)
        if are_initials and len(run) >= _SHORTEST:
            terms[_initials("".join(run), is_begun=is_last)] = None
        else:
            terms |= dict.fromkeys(map(_whole, run[:-1] if is_last else run))
            if is_last:
                terms[_all(run[-1:], is_begun=True)] = None
    return Search(" & ".join(terms), len(set(found)))


def _whole(word: str) -> str:
    """Return MD as the word md or as the words m and d, and other words as they are."""
    if _SHORTEST <= len(word) <= _MOST_OF_WORD and word.isascii():
        return f"({_all([word])} | {_all(list(word))})"
    return _all([word])


def _initials(run: str, *, is_begun: bool) -> str:
    """Return M.D. as the word md or as the words m and d, and M.D., P.A. as md and pa too."""
    ways = [[run[:MOST_INITIALS]], list(run)]
    if len(run) <= _MOST_CUT:
        ways += (way for way in _cuts(run) if len(way) > 1)
    return f"({' | '.join(_all(way, is_begun=is_begun) for way in ways)})"


def _cuts(run: str) -> Iterator[list[str]]:
    """Yield the ways to cut a run into pieces of two letters or more, the last of which may have only begun."""
    yield [run]
    for place in range(_SHORTEST, len(run)):
        yield from ([run[:place], *rest] for rest in _cuts(run[place:]))


def _all(words: list[str], *, is_begun: bool = False) -> str:
    """Return "all of these words", the last of them perhaps only begun; folded words hold no quotes."""
    return " & ".join(f"'{word}'" for word in words) + (":*" if is_begun else "")
