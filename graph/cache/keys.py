"""Where in the shared cache something is kept: by all that it depends on, under a key that shows none of it."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import orjson

# What is kept by one form of this code is never looked for by another.
FORM: Final = 1

PREFIX: Final = "ariesone:"


def digest_of(*parts: bytes) -> bytes:
    """16 bytes that stand for these parts in their order."""
    whole = b"".join([b"%d\n%b" % (len(part), part) for part in parts])
    return blake2b(b"%d\n%b" % (FORM, whole), digest_size=16).digest()


def written(values: Mapping[str, Any]) -> bytes:
    """Values as bytes: the same for the same values, in whatever order they come; others for any others."""
    try:
        found = orjson.dumps(values, default=_written_other, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except TypeError:
        # A number of more than 64 bits, or half of a character.
        return repr(values).encode(errors="surrogatepass")
    # It writes null for what is no number, or is infinite.
    return found + repr(values).encode() if b"null" in found else found


def name_of(kind: str, digest: bytes) -> str:
    """The key of something of a kind: `answer` or `rows`."""
    return f"{PREFIX}{kind}:{digest.hex()}"


def _written_other(value: object) -> list[str]:
    """What JSON can't have, such as what wasn't given."""
    return [type(value).__name__, repr(value)]
