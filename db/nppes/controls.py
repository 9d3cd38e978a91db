"""Control characters in a file's lines: blanks, so that they neither join words nor end values."""

import re

# NUL is not among them: a line with one is refused.
_CONTROLS = bytes([*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
# A carriage return that ends no line.
_LONE_RETURN = re.compile(rb"\r(?!\n)")


# What isn't a control character, with tabs among them and without.
_OTHERS = {controls: bytes(set(range(256)) - set(controls)) for controls in (_CONTROLS, _CONTROLS + b"\t")}


def blanked(data: bytes, separator: str) -> bytes:
    """Return lines with a blank for each control character of ASCII, but those that end values and lines."""
    controls = _CONTROLS if separator == "\t" else _CONTROLS + b"\t"
    # To take all others away is much faster than to take these.
    if data.translate(None, _OTHERS[controls]):
        data = data.translate(bytes.maketrans(controls, b" " * len(controls)))
    if b"\r" not in data or data.count(b"\r") == data.count(b"\r\n"):
        return data
    return _LONE_RETURN.sub(b" ", data)
