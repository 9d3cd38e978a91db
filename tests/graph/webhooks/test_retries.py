"""What follows from an attempt: for its event, for those of its company, and for all that go to its address."""

from uuid import UUID

import pytest

from graph.events.webhooks import tally
from graph.events.webhooks.courier import Attempt
from graph.events.webhooks.message import Message
from graph.events.webhooks.retries import MANY, PAUSES, pause_after, rest_after
from graph.events.webhooks.tally import DAY, OF_GONE, Letter, Tally
from graph.telemetry.metrics import WEBHOOK_DELIVERIES

NPI = "1000000004"
TAKEN = Attempt(204, 0.02, None)
FAILED = Attempt(500, 0.02, "It answers 500.")


def letter(cursor: int = 7, attempts: int | None = None, npi: str = NPI) -> Letter:
    return Letter(cursor, npi, Message(f"{cursor}-a", "company.updated", b"{}"), attempts)


def test_the_pauses_are_those_of_standard_webhooks_and_a_little_at_random() -> None:
    minute, hour = 60, 3600
    expected = (5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour)
    assert expected == PAUSES
    for attempts, pause in enumerate(PAUSES, 1):
        found = [pause_after(attempts) or 0 for _ in range(50)]
        assert pause <= min(found) < max(found) <= pause * 1.1
    assert pause_after(len(PAUSES) + 1) is None


@pytest.mark.parametrize(
    ("status", "retry_after", "rest"),
    [
        (204, None, 0),
        (204, 60.0, 0),
        (500, None, 0),
        (503, None, 0),
        (429, None, 30),
        (502, None, 30),
        (504, None, 30),
        (429, 7.0, 7),
        (503, 120.0, 120),
        (503, 1e9, 3600),
        (503, -5.0, 0),
        (None, None, 0),
    ],
)
def test_an_answer_says_for_how_long_nothing_should_be_sent(
    status: int | None, retry_after: float | None, rest: float
) -> None:
    assert rest_after(Attempt(status, 0.1, None if status == 204 else "no", retry_after)) == rest


def test_what_is_taken_waits_no_longer() -> None:
    found = Tally(2, 0.0)
    found.count(letter(7, attempts=3), TAKEN)
    found.count(letter(8, npi="1000000012"), TAKEN)
    step = found.step(8)
    assert (step.failures, step.has_taken, step.problem, step.is_back) == (0, True, None, False)
    assert (step.passed, step.npis, step.set_back) == ([7], [NPI], [])
    assert [(each.cursor, each.attempt, each.outcome) for each in step.tried] == [
        (7, 4, "DELIVERED"),
        (8, 1, "DELIVERED"),
    ]


def test_companies_that_fail_one_after_the_other_slow_all_down_and_one_that_goes_on_failing_doesnt() -> None:
    found = Tally(MANY - 1, 0.0)
    found.count(letter(7, attempts=1), FAILED)
    assert (found.step(7).failures, found.step(7).is_slowed, found.added) == (MANY - 1, False, 0)
    found.count(letter(8, npi="1000000012"), FAILED)
    step = found.step(8)
    assert (step.failures, step.is_slowed, found.added, step.problem) == (MANY, True, 1, "It answers 500.")
    assert [(each.cursor, each.attempts) for each in step.set_back] == [(7, 2), (8, 1)]


def test_anything_taken_brings_back_one_that_was_slowed_down() -> None:
    found = Tally(MANY + 2, 0.0)
    found.count(letter(7, attempts=5), FAILED)
    found.count(letter(8, attempts=1, npi="1000000012"), TAKEN)
    step = found.step(8)
    assert (step.failures, step.is_back, step.is_slowed) == (0, True, False)


@pytest.mark.parametrize(("days", "is_given_up"), [(2.9, True), (3.1, False)])
def test_the_last_attempt_gives_up_the_event_or_the_webhook(
    days: float,
    is_given_up: bool,  # noqa: FBT001 - a parameter of the test
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = Tally(1, days * DAY)
    found.count(letter(7, attempts=9), FAILED)
    step = found.step(7)
    assert [each.outcome for each in step.tried] == ["GIVEN_UP" if is_given_up else "FAILED"]
    assert (step.passed, len(step.set_back)) == (([7], 0) if is_given_up else ([], 1))
    assert (found.reason is None) == is_given_up
    before = WEBHOOK_DELIVERIES["GIVEN_UP"]._value.get()
    found.tell(UUID(int=7))
    assert WEBHOOK_DELIVERIES["GIVEN_UP"]._value.get() - before == is_given_up
    assert ("is given up after 10 attempts: It answers 500." in caplog.text) == is_given_up


def test_410_wants_nothing_any_more() -> None:
    found = Tally(0, 0.0)
    found.count(letter(), Attempt(410, 0.02, "It answers 410."))
    assert found.reason == OF_GONE
    assert [each.cursor for each in found.step(7).set_back] == [7]
    assert tally.OF_GONE
