"""Whether the shared cache is worth asking: what it saves on average must be more than what asking costs."""

from dataclasses import dataclass
from typing import Final

# Seconds that a question and its answer cost this process, and the server that it asks.
COST: Final = 0.00015
# The weight of the newest of what is averaged.
NEWEST: Final = 1 / 16
# Of requests for which it isn't worth it one in so many asks all the same, so that a change is noticed.
PROBE: Final = 64


@dataclass(slots=True)
class Worth:
    """What was found of one kind of question: how often there was an answer, and the seconds that one saves."""

    rate: float = 1.0
    seconds: float = 0.0
    _asked: int = 0

    def is_given(self) -> bool:
        """Whether to ask this time."""
        self._asked += 1
        return self.pays or self._asked % PROBE == 0

    @property
    def pays(self) -> bool:
        """Whether it is more than what asking costs."""
        return self.rate * self.seconds > COST

    def note_question(self, *, is_hit: bool) -> None:
        """Note whether there was an answer."""
        self.rate += NEWEST * (is_hit - self.rate)

    def note_work(self, seconds: float) -> None:
        """Note how long it took to do without."""
        self.seconds = seconds if not self.seconds else self.seconds + NEWEST * (seconds - self.seconds)
