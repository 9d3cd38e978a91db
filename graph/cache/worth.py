"""Whether a cache is worth asking: what it saves on average must be more than what asking costs."""

from dataclasses import dataclass
from typing import Final

# Seconds of CPU that a question and its answer, or keeping something, cost this process and the server it asks.
COST: Final = 0.00006
# Seconds that it costs to keep an answer in this process, and to note what it depends on.
COST_HERE: Final = 0.000015
# The part of the work that asking others may cost though nothing was found so far: at first everything is new.
PREMIUM: Final = 0.005
# The weight of the newest of what is averaged.
NEWEST: Final = 1 / 16
# Of all keys one in so many is asked for whatever was found, so that a change is noticed: the same ones again and
# again, as they would be if all were.
PROBE: Final = 64


@dataclass(slots=True)
class Worth:
    """What was found of one kind of question: how often there was an answer, and the seconds that one saves.

    It is asked of the shared cache, or of this process.
    """

    is_here: bool = False
    rate: float = 1.0
    seconds: float = 0.0

    def is_given(self, key: int) -> bool:
        """Whether to ask for what has a key, or a hash of one."""
        return self.pays or key % PROBE == 0

    @property
    def pays(self) -> bool:
        """Whether it is more than what asking costs; so it is as long as nobody knows what is saved."""
        if self.is_here:
            return not self.seconds or self.rate * self.seconds > COST_HERE
        return not self.seconds or max(self.rate, PREMIUM) * self.seconds > COST

    def note_question(self, *, is_hit: bool) -> None:
        """Note whether there was an answer."""
        self.rate += NEWEST * (is_hit - self.rate)

    def note_work(self, seconds: float, together: int) -> None:
        """Note how long it took to do without, so many things being done at the same time."""
        share = seconds / together
        self.seconds = share if not self.seconds else self.seconds + NEWEST * (share - self.seconds)
