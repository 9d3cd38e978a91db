"""Keys that were asked for recently and not found, to recognize those that are asked for again."""

from array import array
from typing import Final

# Two bytes each are remembered of this many keys, about as many as a process keeps answers of a usual size. With
# more of them, answers would be kept that are dropped again before anyone asks for them.
BITS: Final = 13
SIZE: Final = 1 << BITS
# One in this many keys, always the same ones, counts as remembered: these show whether keys are asked for
# again after they were forgotten.
PROBE: Final = 256
# Look-ups in a row without a result, after which only remembered keys are looked up.
MOST: Final = 1024


class RecentKeys:
    """Remembers hashes of keys, each until another one replaces it."""

    def __init__(self) -> None:
        self._traces = array("H", bytes(2 * SIZE))
        self._looks = 0
        # Whether looking up new keys is useless: nothing was found for long.
        self.is_vain = False

    def remember(self, key: int) -> bool:
        """Remember a hash; return whether it was remembered already.

        Besides the probes, one in 65,536 new hashes is taken for a remembered one.
        """
        place, trace = key & (SIZE - 1), key >> BITS & 0xFFFF
        if self._traces[place] == trace or key % PROBE == 0:
            return True
        self._traces[place] = trace
        return False

    def note_look(self, *, is_found: bool) -> None:
        """Note whether a look-up found something."""
        self._looks = 0 if is_found else self._looks + 1
        self.is_vain = self._looks >= MOST
