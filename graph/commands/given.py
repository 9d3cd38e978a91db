"""A token as people give it to a command: pasted with what stood round it, in a file, or on standard input."""

import re
import sys
from pathlib import Path

from graph.commands.servers import fail

# Bytes that are read; no token that is taken is as long.
MAX_BYTES = 64 * 1024
# The longest argument that may be a file's name; a token is longer.
LONGEST_NAME = 255

_BEFORE = re.compile(r"(authorization\s*:)?\s*(bearer(\s+|$))?", re.IGNORECASE)


def token_from(given: str | None) -> str:
    """Return the token in an argument, in the file that it names, or on standard input for `-` or for none.

    Ends the command where there is nothing.
    """
    place, text = text_of(given)
    found = bare(text)
    if not found:
        fail(f"There is no token {place}: give one, or a file that holds one, or - and pipe it in.")
    return found


def text_of(given: str | None) -> tuple[str, str]:
    """Return where a token is looked for, and what stands there."""
    if given in {None, "-"}:
        if sys.stdin.isatty():
            return "on standard input", ""
        return "on standard input", sys.stdin.buffer.read(MAX_BYTES).decode(errors="replace")
    if given and len(given) <= LONGEST_NAME and "\0" not in given and Path(given).is_file():
        try:
            return f"in {given}", Path(given).read_bytes()[:MAX_BYTES].decode(errors="replace")
        except OSError as error:
            fail(f"{given} can't be read: {error.strerror}.")
    return "in the argument", given or ""


def bare(text: str) -> str:
    """Return a token without quotes and line breaks, `Authorization:` or `Bearer` round it."""
    text = text.strip().strip("\"'").strip()
    return re.sub(r"\s", "", _BEFORE.sub("", text, count=1)).strip("\"'")
