"""What became of events that were sent together, and what follows from it for them and for their webhook."""

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
    """A message that is to be sent, and how often it was sent in vain; None of one that doesn't wait yet."""

    cursor: int
    npi: str
    message: Message
    attempts: int | None = None


class Tally:
    """Counts what became of events; `silence` is for how many seconds their webhook has taken nothing."""

    def __init__(self, failures: int, silence: float) -> None:
        self._before = failures
        self._silence = silence
        self._tried: list[Tried] = []
        self._set_back: list[SetBack] = []
        self._passed: list[int] = []
        # The companies for which somebody who waits may be the next.
        self._npis: set[str] = set()
        self._has_taken = False
        self._problem: str | None = None
        self._rest = 0.0
        # Companies that weren't known to fail, and events that begin to wait.
        self._failed = 0
        self.added = 0
        # Why nothing more is to be sent at all.
        self.reason: str | None = None

    def count(self, letter: Letter, attempt: Attempt) -> None:
        """Note what came of an event that was sent."""
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
        """Have an event wait no longer."""
        self._passed.append(cursor)
        self._npis.add(npi)

    def step(self, cursor: int) -> Step:
        """What is to be noted, all up to a change being taken or waiting by now."""
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
        """Have the metrics and the log say what became of the events, once it is noted."""
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
