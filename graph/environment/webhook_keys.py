"""WEBHOOK_KEY as people have it: keys in base64, with commas between."""

import base64
from collections.abc import Sequence

# Bytes of a key.
KEY_BYTES = 32


def read_keys(text: str) -> Sequence[bytes]:
    """Return the keys in a text, first the one that encrypts; raises ValueError for none, or a bad one."""
    found = [read_key(each) for each in text.split(",") if each.strip()]
    if not found:
        raise ValueError("it names no key")
    return found


def read_key(text: str) -> bytes:
    """Return the key in base64, in either alphabet and with or without its padding; raises ValueError."""
    plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise ValueError("a key is written in base64, as `openssl rand -base64 32` prints it") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, as `openssl rand -base64 32` prints it")
    return key
