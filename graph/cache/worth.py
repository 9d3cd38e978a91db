"""Whether the shared cache is worth asking: what it saves on average must be more than what it costs."""

from dataclasses import dataclass
from typing import Final

# Seconds of CPU that a question with its answer, and keeping what wasn't there, cost this process and the server
# that is asked, where a few are at a moment (bench/asking.py).
ASKING: Final = 0.00002
KEEPING: Final = 0.00008
# The part of the work that asking others may cost though nothing was found so far: at first everything is new.
PREMIUM: Final = 0.005
# The weight of the newest of what is averaged; and of work that took less than the average. More is mostly time in
# which others had the cores.
NEWEST: Final = 1 / 16
LESS: Final = 1 / 4
# Of all keys one in so many is asked for whatever was found, so that a change is noticed: the same ones again and
# again, as they would be if all were.
PROBE: Final = 64


@dataclass(slots=True)
class Worth:
    """What was found of one kind of question: how often there was an answer, and the seconds that one saves."""

    rate: float = 1.0
    seconds: float = 0.0
    # Whether it is more than what asking costs; so it is as long as nobody knows what is saved.
    pays: bool = True

    def is_given(self, key: int) -> bool:
        """Whether to ask for what has a key, or a hash of one."""
        return self.pays or key % PROBE == 0

    def note_question(self, *, is_hit: bool) -> None:
        """Note whether there was an answer."""
        self.rate += NEWEST * (is_hit - self.rate)
        self._judge()

    def note_work(self, seconds: float, together: int) -> None:
        """Note how long it took to do without, so many things being done at the same time."""
        share = seconds / together
        if not self.seconds:
            self.seconds = share
        self.seconds += (LESS if share < self.seconds else NEWEST) * (share - self.seconds)
        self._judge()

    def _judge(self) -> None:
        saved, cost = max(self.rate, PREMIUM) * self.seconds, ASKING + (1 - self.rate) * KEEPING
        self.pays = not self.seconds or saved > cost
