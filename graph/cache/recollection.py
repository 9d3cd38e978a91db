"""What was looked for lately and wasn't there: who is asked for again is told from who is asked for once."""

from array import array
from typing import Final

# Two bytes are remembered of each of so many keys, about as many as a process keeps answers of a usual size. Were
# they more, answers would be kept that are dropped again before they are asked for.
BITS: Final = 13
SIZE: Final = 1 << BITS
# Of all keys one in so many is taken for one that was asked for, the same ones again and again: by these it is
# noticed what is asked for again after longer than is remembered.
PROBE: Final = 256
# Looks in vain, one after the other, after which only what is recalled is looked for.
MOST: Final = 1024


class Recollection:
    """Remembers hashes of keys, each until another one takes its place."""

    def __init__(self) -> None:
        self._traces = array("H", bytes(2 * SIZE))
        self._looks = 0
        # Whether there is no use in looking for what isn't recalled: for long nothing was there.
        self.is_vain = False

    def recalls(self, key: int) -> bool:
        """Whether a hash was asked about before, as far as that is remembered; from now on it was.

        Of those that are new one in 65,536 is taken for one that was, besides the probes.
        """
        place, trace = key & (SIZE - 1), key >> BITS & 0xFFFF
        if self._traces[place] == trace or key % PROBE == 0:
            return True
        self._traces[place] = trace
        return False

    def note_look(self, *, is_found: bool) -> None:
        """Note whether something was there that was looked for."""
        self._looks = 0 if is_found else self._looks + 1
        self.is_vain = self._looks >= MOST
