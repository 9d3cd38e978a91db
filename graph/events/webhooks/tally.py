"""The outcomes of events that were sent together, and what they mean for the events and for their webhook."""

import logging
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from db.webhook_sending import SetBack, Step, Tried
from graph.events.webhooks.courier import Attempt
from graph.events.webhooks.message import Message
from graph.events.webhooks.retries import GONE, MANY, PATIENCE_DAYS, pause_after, rest_after
from graph.telemetry.metrics import WEBHOOK_DELIVERIES

DAY: Final = 86_400

OF_GONE: Final = "It answered 410 (Gone): it doesn't want events any more."
OF_SILENCE: Final = f"It has accepted nothing for {PATIENCE_DAYS} days, though events were retried."

log = logging.getLogger("ariesone.webhooks")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to send; `attempts` is how many have failed, None for an event that doesn't wait yet.

    `unsent` is the outcome of one that couldn't be made, so that there is nothing to send.
    """

    cursor: int
    npi: str
    message: Message
    attempts: int | None = None
    unsent: Attempt | None = None


class Tally:
    """Counts the outcomes of events; `silence` is for how many seconds their webhook has accepted nothing."""

    def __init__(self, failures: int, silence: float) -> None:
        self._before = failures
        self._silence = silence
        self._tried: list[Tried] = []
        self._set_back: list[SetBack] = []
        self._passed: list[int] = []
        # The companies whose next waiting event may be due now.
        self._npis: set[str] = set()
        self._has_taken = False
        self._problem: str | None = None
        self._rest = 0.0
        # Companies that begin to fail, and events that begin to wait.
        self._failed = 0
        self.added = 0
        # Why the webhook is to be disabled, if it is.
        self.reason: str | None = None

    def count(self, letter: Letter, attempt: Attempt) -> None:
        """Count the outcome of an event that was sent."""
        if attempt.is_taken:
            self._has_taken = True
            self._note(letter, attempt, "DELIVERED")
            if letter.attempts is not None:
                self.let_pass(letter.cursor, letter.npi)
            return
        self._problem = attempt.problem
        self._rest = max(self._rest, rest_after(attempt))
        if attempt.status == GONE:
            self.reason = OF_GONE
        pause = pause_after((letter.attempts or 0) + 1)
        if pause is None and self._silence < PATIENCE_DAYS * DAY:
            self._note(letter, attempt, "GIVEN_UP")
            self.let_pass(letter.cursor, letter.npi)
            return
        if pause is None:
            self.reason = f"{OF_SILENCE} The last problem: {attempt.problem}"
        self._note(letter, attempt, "FAILED")
        self._set_aside(letter, pause or 0.0)

    def set_behind(self, cursor: int, npi: str) -> None:
        """Have an event wait for an earlier one of its company."""
        self._set_back.append(SetBack(cursor, npi))
        self._npis.add(npi)
        self.added += 1

    def let_pass(self, cursor: int, npi: str) -> None:
        """Stop an event from waiting: it is done with."""
        self._passed.append(cursor)
        self._npis.add(npi)

    def step(self, cursor: int) -> Step:
        """What to record, once everything up to a change was accepted or waits."""
        failures = 0 if self._has_taken else self._before + self._failed
        return Step(
            cursor,
            failures,
            has_taken=self._has_taken,
            problem=self._problem,
            rest=self._rest,
            is_slowed=failures >= MANY,
            is_back=self._has_taken and self._before >= MANY,
            tried=self._tried,
            set_back=self._set_back,
            passed=self._passed,
            npis=sorted(self._npis),
        )

    def tell(self, webhook: UUID) -> None:
        """Show the outcomes in the metrics and the log, once they are recorded."""
        for each in self._tried:
            WEBHOOK_DELIVERIES[each.outcome].inc()
            if each.outcome == "GIVEN_UP":
                told = "webhook %s: the event of change %d is given up after %d attempts: %s"
                log.error(told, webhook, each.cursor, each.attempt, self._problem)

    def _set_aside(self, letter: Letter, pause: float) -> None:
        self._set_back.append(SetBack(letter.cursor, letter.npi, (letter.attempts or 0) + 1, pause))
        self._npis.add(letter.npi)
        if letter.attempts is None:
            self._failed += 1
            self.added += 1

    def _note(self, letter: Letter, attempt: Attempt, outcome: str) -> None:
        number, milliseconds = (letter.attempts or 0) + 1, round(attempt.seconds * 1000)
        about = (letter.cursor, letter.message.id, letter.message.type, letter.npi)
        self._tried.append(Tried(*about, number, attempt.status, outcome, milliseconds))
