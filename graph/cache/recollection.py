"""What was looked for lately and wasn't there: who is asked for again is told from who is asked for once."""

from typing import Final

from graph.cache.worth import PROBE

# What is remembered is a byte for each of so many keys, about as many as a process keeps answers of a usual size.
# Were it more, answers would be kept that are dropped again before they are asked for.
BITS: Final = 13
SIZE: Final = 1 << BITS
# Looks in vain, one after the other, after which only what is recalled is looked for.
MOST: Final = 1024


class Recollection:
    """Remembers hashes of keys, each until another one takes its place."""

    def __init__(self) -> None:
        self._traces = bytearray(SIZE)
        self._looks = 0
        # Whether there is no use in looking for what isn't recalled: for long nothing was there.
        self.is_vain = False

    def recalls(self, key: int) -> bool:
        """Whether a hash was asked about before, as far as that is remembered; from now on it was.

        One in 256 that are new is taken for one that was; and one in 64 always, so that a change is noticed.
        """
        place, trace = key & (SIZE - 1), key >> BITS & 0xFF
        if self._traces[place] == trace or key % PROBE == 0:
            return True
        self._traces[place] = trace
        return False

    def note_look(self, *, is_found: bool) -> None:
        """Note whether something was there that was looked for."""
        self._looks = 0 if is_found else self._looks + 1
        self.is_vain = self._looks >= MOST
