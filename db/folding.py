"""How text is folded for sorting and searching: what a person doesn't see or type doesn't count.

`folding.txt` says what stands for each character; migration 0003 writes the same table into SQL.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

TABLE = Path(__file__).with_name("folding.txt")

# Syllables of Hangul fall into their letters by arithmetic (Unicode, 3.12), which no version changes.
FIRST_SYLLABLE, LAST_SYLLABLE = 0xAC00, 0xD7A3

# The most letters of a run that are joined to one word: words grow with their text, not with its square.
MOST_INITIALS = 10

# The longest word that is kept whole, in bytes: a lexeme has 2,046, with `word=` before it. Of a longer one so
# many characters are kept.
LONGEST_WORD = 2041
BEGINNING = 510

_APOSTROPHES = str.maketrans("", "", "'`")
_NO_WORD = re.compile("[\x00-\x2f\x3a-\x60\x7b-\x7f]+")


def fold(text: str) -> str:
    """Return the text as the folded columns hold it; the twin of the SQL function `fold`."""
    if text.isascii():
        return text.lower().translate(_APOSTROPHES)
    return text.translate(_table())


def words(text: str) -> list[str]:
    """Return a text's folded words in order, then joined initials; the twin of the SQL function `words`."""
    found = split(text)
    joined = (run[place : place + MOST_INITIALS] for run in initials(found) for place in range(len(run) - 1))
    return [*found, *joined]


def split(text: str) -> list[str]:
    """Return the folded words of a text: what stands between anything that is neither letter nor digit."""
    return [_beginning(word) for word in _NO_WORD.split(fold(text)) if word]


def _beginning(word: str) -> str:
    """Return what is kept of a folded word: all of it, where a lexeme holds that."""
    is_kept = len(word) <= BEGINNING or len(word.encode()) <= LONGEST_WORD
    return word if is_kept else word[:BEGINNING]


def is_initial(word: str) -> bool:
    """Return whether a folded word is a single letter or digit of ASCII, as initials are."""
    return len(word) == 1 and word.isascii()


def initials(found: list[str]) -> Iterator[str]:
    """Yield each run of two or more initials as one text: "m", "d" of M.D. as "md"."""
    for are_initials, run in groupby(found, is_initial):
        joined = "".join(run) if are_initials else ""
        if len(joined) > 1:
            yield joined


def entries() -> Iterator[tuple[int, int, str]]:
    """Yield the table: a range's first and last code point, and what stands for each of its characters."""
    for line in TABLE.read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            codes, _, folded = line.partition(";")
            first, _, last = codes.partition("-")
            yield int(first, 16), int(last or first, 16), "".join(chr(int(code, 16)) for code in folded.split())


class _Table:
    """The table as `str.translate` asks it."""

    def __init__(self) -> None:
        self._ranges = list(entries())
        self._firsts = [first for first, _, _ in self._ranges]

    def __getitem__(self, code: int) -> str:
        place = bisect_right(self._firsts, code) - 1
        first, last, folded = self._ranges[max(place, 0)]
        if first <= code <= last:
            return folded
        if FIRST_SYLLABLE <= code <= LAST_SYLLABLE:
            return unicodedata.normalize("NFD", chr(code))
        raise LookupError


@cache
def _table() -> _Table:
    return _Table()
