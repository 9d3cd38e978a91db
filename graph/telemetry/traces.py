"""The trace that a request belongs to (W3C Trace Context)."""

import re
from typing import Final

TRACEPARENT: Final = b"traceparent"

_FORM: Final = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_id_of(traceparent: bytes) -> str | None:
    """Return the trace's id in a traceparent header, 32 hexadecimal digits; None where there is none in it."""
    found = _FORM.fullmatch(traceparent)
    return found[1].decode() if found else None
