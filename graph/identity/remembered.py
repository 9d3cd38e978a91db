"""Verified tokens that needn't be verified again: bounded in number and bytes, gone when they are over."""

import time
from collections import OrderedDict
from dataclasses import dataclass

from graph.identity.revocation import Revocations
from graph.identity.viewer import Viewer

MAX_TOKENS = 10_000
MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """Who a token speaks of, when it ends (seconds since 1970), and what it is revoked by."""

    viewer: Viewer
    ends: float
    identity: tuple[str, str] | None


class RememberedTokens:
    """The tokens verified last, by the header that brought them; only whole, verified ones are kept."""

    def __init__(self, revocations: Revocations) -> None:
        self._revocations = revocations
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._bytes = 0

    def find(self, value: bytes) -> Viewer | None:
        """Return who a header speaks of; None where it must be verified (again)."""
        entry = self._entries.get(value)
        if entry is None:
            return None
        if time.time() >= entry.ends or entry.identity in self._revocations.revoked:
            self._drop(value)
            return None
        self._entries.move_to_end(value)
        return entry.viewer

    def keep(self, value: bytes, entry: Entry) -> None:
        """Remember a verified token; the ones used longest ago make room."""
        if value in self._entries:
            self._drop(value)
        self._entries[value] = entry
        self._bytes += len(value)
        while len(self._entries) > MAX_TOKENS or self._bytes > MAX_BYTES:
            self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget them all: the keys have changed."""
        self._entries.clear()
        self._bytes = 0

    def _drop(self, value: bytes) -> None:
        del self._entries[value]
        self._bytes -= len(value)
