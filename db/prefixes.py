"""What is left of a tsquery without its prefixes (`:*`) of words and codes.

For a prefix an index gathers everything that begins with it before anything else is tested: the shorter, the more.
If what is left matches few rows, these are tested one by one instead.
"""

import re
from collections.abc import Iterator

from db.facets import ACTIVE, CELL, EXPIRES, KIND, STATUS

_TOKEN = re.compile(r"'(?:[^'\\]|''|\\.)*'(?::\*)?|[&|!()]")
# What so many rows have that gathering them from an index is useless.
_COMMON = re.compile(f"'(?:{ACTIVE}'|{STATUS}ACTIVE'|{KIND})")


def without_prefixes(query: str) -> str | None:
    """Return a tsquery that matches whatever this one does, and gathers less; None if there is none.

    Of several prefixes the longest stays, since it matches fewest.
    """
    if ":*" not in query:
        return None
    tokens = _TOKEN.findall(query)
    whole = _either(iter([*tokens, ""])) if any(map(_is_prefix, tokens)) else None
    return whole if whole and narrows(whole) else None


def narrows(query: str) -> bool:
    """Return whether a tsquery asks for anything that fewer than hundreds of thousands have."""
    return any(token[0] == "'" and not _COMMON.match(token) for token in _TOKEN.findall(query))


def _is_prefix(token: str) -> bool:
    # Few have licenses, and cells are asked for by themselves.
    return token.endswith(":*") and not token.startswith((f"'{EXPIRES}", f"'{CELL}"))


def _either(tokens: Iterator[str]) -> str | None:
    """Read alternatives up to the end of their group; nothing is left if nothing is left of one of them."""
    found: list[str | None] = []
    every: list[str] = []
    prefixes: list[str] = []
    while True:
        part, end = _part(tokens, prefixes)
        every += [part] if part else []
        if end != "&":
            every += [max(prefixes, key=len)] if len(prefixes) > 1 else []
            found.append(" & ".join(every) or None)
            every, prefixes = [], []
        if end in {")", ""}:
            whole = [each for each in found if each]
            return " | ".join(whole) if len(whole) == len(found) else None


def _part(tokens: Iterator[str], prefixes: list[str]) -> tuple[str | None, str]:
    """Read a word or a group in brackets, and the sign after it; a prefix is added to the others."""
    match next(tokens):
        case "!":
            # What doesn't match needn't be looked for.
            return None, _part(tokens, [])[1]
        case "(":
            inner = _either(tokens)
            return f"({inner})" if inner else None, next(tokens)
        case word if _is_prefix(word):
            prefixes.append(word)
            return None, next(tokens)
        case word:
            return word, next(tokens)
