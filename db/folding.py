"""How text is folded for sorting and searching: case, Latin accents and apostrophes don't count."""

import re

_FOLDED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿ",
    "abcdefghijklmnopqrstuvwxyzaaaaaaceeeeiiiinoooooouuuuyaaaaaaceeeeiiiinoooooouuuuyy",
    "'`",
)
_NO_WORD = re.compile("[\x00-\x2f\x3a-\x60\x7b-\x7f]+")


def fold(text: str) -> str:
    """Return the text as the folded columns hold it; the twin of the SQL function `fold`."""
    return text.translate(_FOLDED)


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order; the twin of the SQL function `words`."""
    return [word for word in _NO_WORD.split(fold(text)) if word]
