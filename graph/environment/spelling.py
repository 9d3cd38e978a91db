"""Names of variables that somebody has meant for one of ours, told from those of other programs."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

# What Kubernetes and Docker set by themselves for each service beside this one, and what their values look like.
_SERVICE = re.compile(
    r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?|ENV_\w+)"
)
_SERVICE_PORT = re.compile(r"(tcp|udp|sctp)://")

# Beginnings that hardly another program has: whoever sets one of these means us.
OURS = (
    "CORS_",
    "JWKS_",
    "THROTTLE_",
    "TRUSTED_DOCUMENTS_",
    "ANSWER_CACHE_",
    "DATABASE_POOL_",
    "DATABASE_STATEMENT_",
)
PREFIX = "ARIESONE_"

# How many slips a name of so many letters may have: HOST and PORT are a letter away from too much that isn't ours.
SLIPS = ((12, 2), (6, 1))


def meant(name: str, value: str, known: Iterable[str]) -> str | None:
    """Return the variable of ours that a name stands for, or None for the name of something else."""
    written = name.upper().replace("-", "_")
    if _SERVICE.fullmatch(written) or (written.endswith("_PORT") and _SERVICE_PORT.match(value)):
        return None
    known = sorted(known)
    bare = written.removeprefix(PREFIX)
    if bare in known:
        return bare
    for each in known:
        length = len(each)
        allowed = next((slips for least, slips in SLIPS if length >= least), 0)
        if allowed and (
            bare.replace("_", "") == each.replace("_", "") or distance(bare, each, allowed) <= allowed
        ):
            return each
    return nearest(written, known) if written.startswith(OURS) else None


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the variable that is least away from a name."""
    return min(sorted(known), key=lambda each: (distance(name.upper(), each, len(name) + len(each)), each))


def is_ignored(name: str, patterns: str) -> bool:
    """Tell whether a list of names, in which * stands for any letters, has a name."""
    return any(fnmatchcase(name, pattern.strip()) for pattern in patterns.split(",") if pattern.strip())


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters to add, drop, change or swap with their neighbour: `most` and one for more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, against in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                least = min(least, last[j - 2] + 1)
            row.append(least)
        # It never becomes less: most names are unlike each other from their first letters on.
        if min(row) > most:
            return most + 1
    return row[-1]
