"""When failed events are retried, and when an answer makes everything for a webhook wait."""

import random
from typing import Final

from graph.events.webhooks.courier import Attempt

# Seconds from an attempt that fails to the next one: 10 attempts in three days and three hours.
PAUSES: Final = (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
# By how much longer a pause may be, at random, so that retries don't all come at once.
JITTER: Final = 0.1

# Companies in a row whose events fail, after which nothing new is sent.
MANY: Final = 3
# Days without an accepted event, after which a webhook is disabled rather than an event given up.
PATIENCE_DAYS: Final = 3

GONE: Final = 410
# Statuses that ask for less, seconds for which nothing is sent then, and the longest Retry-After that is honoured.
SLOW_DOWN: Final = frozenset({429, 502, 504})
REST: Final = 30.0
LONGEST_REST: Final = 3600.0


def pause_after(attempts: int) -> float | None:
    """Seconds to the next attempt after so many have failed; None if that was the last."""
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311 - nothing to be guessed


def rest_after(attempt: Attempt) -> float:
    """Seconds for which nothing is sent to a webhook after this attempt."""
    if attempt.is_taken:
        return 0.0
    if attempt.retry_after is not None:
        return min(max(attempt.retry_after, 0.0), LONGEST_REST)
    return REST if attempt.status in SLOW_DOWN else 0.0
