"""Whether a process keeps answers to an operation: hardly so where hardly any is asked for twice."""

from dataclasses import dataclass
from typing import Final

from graph.cache.recent_keys import PROBE

# The part of the questions that are asked again above which all answers are kept. To keep one costs a tenth of
# making it, more or less, and it saves nearly all of that; neither needs to be measured.
LEAST: Final = 0.1
# The weight of the newest question in their average.
NEWEST: Final = 1 / 32


@dataclass(slots=True)
class Demand:
    """The part of the questions of one kind whose answer was kept here when they came."""

    rate: float = 1.0
    # Whether to keep all answers; if not, those that are asked for again (graph/cache/recent_keys.py).
    is_high: bool = True

    def note(self, key: int, *, is_hit: bool) -> None:
        """Note whether an answer was kept here for what has this hash.

        Where not all are kept, only those count that are in any case: others would be asked for again each time.
        """
        if self.is_high or key % PROBE == 0:
            self.rate += NEWEST * (is_hit - self.rate)
            self.is_high = self.rate > LEAST
