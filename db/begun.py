"""What is left of a tsquery without the words and codes that have only begun.

An index gathers whatever begins so before it looks at anything else: the fewer letters, the more that is. Where
what is left matches few rows, these are looked at one by one instead.
"""

import re
from collections.abc import Iterator

from db.facets import ACTIVE, CELL, EXPIRES, KIND, STATUS

_TOKEN = re.compile(r"'(?:[^'\\]|''|\\.)*'(?::\*)?|[&|!()]")
# What so many have that an index gathers much for nothing.
_COMMON = re.compile(f"'(?:{ACTIVE}'|{STATUS}ACTIVE'|{KIND})")


def without_begun(query: str) -> str | None:
    """Return a tsquery that matches wherever this one does, and gathers less; None where there is none.

    Of several that have begun the longest stays, which fewer have.
    """
    if ":*" not in query:
        return None
    tokens = _TOKEN.findall(query)
    whole = _either(iter([*tokens, ""])) if any(map(_is_begun, tokens)) else None
    return whole if whole and narrows(whole) else None


def narrows(query: str) -> bool:
    """Return whether a tsquery asks for anything but what hundreds of thousands have."""
    return any(token[0] == "'" and not _COMMON.match(token) for token in _TOKEN.findall(query))


def _is_begun(token: str) -> bool:
    # Few have licenses, and cells are asked for by themselves.
    return token.endswith(":*") and not token.startswith((f"'{EXPIRES}", f"'{CELL}"))


def _either(tokens: Iterator[str]) -> str | None:
    """Read alternatives up to the end of what they stand in; nothing is left where nothing is of one of them."""
    found: list[str | None] = []
    every: list[str] = []
    begun: list[str] = []
    while True:
        part, end = _part(tokens, begun)
        every += [part] if part else []
        if end != "&":
            every += [max(begun, key=len)] if len(begun) > 1 else []
            found.append(" & ".join(every) or None)
            every, begun = [], []
        if end in {")", ""}:
            whole = [each for each in found if each]
            return " | ".join(whole) if len(whole) == len(found) else None


def _part(tokens: Iterator[str], begun: list[str]) -> tuple[str | None, str]:
    """Read a word or what stands in brackets, and the sign after it; a word that has begun is put to others."""
    match next(tokens):
        case "!":
            # What doesn't match needn't be looked for.
            return None, _part(tokens, [])[1]
        case "(":
            inner = _either(tokens)
            return f"({inner})" if inner else None, next(tokens)
        case word if _is_begun(word):
            begun.append(word)
            return None, next(tokens)
        case word:
            return word, next(tokens)
