"""Links to files: good for an hour at least, and the same for whoever asks again soon."""

from uuid import UUID

import pytest

from graph.links import LIFETIME, STEP, is_good, link_to

ID = UUID("00000000-0000-4000-8000-000000000001")
KEY = b"key"
# Where a step begins.
NOON = 1_800_000_000


def link_at(monkeypatch: pytest.MonkeyPatch, now: float) -> str:
    monkeypatch.setattr("graph.links.time.time", lambda: now)
    return link_to(ID, KEY)


def is_good_at(monkeypatch: pytest.MonkeyPatch, link: str, now: float) -> bool:
    monkeypatch.setattr("graph.links.time.time", lambda: now)
    expires, signature = (part.split("=")[1] for part in link.split("?")[1].split("&"))
    return is_good(ID, KEY, expires, signature)


@pytest.mark.parametrize("made", [NOON, NOON + 0.5, NOON + STEP / 2, NOON + STEP - 0.001])
def test_a_link_is_good_for_an_hour_at_least(monkeypatch: pytest.MonkeyPatch, made: float) -> None:
    link = link_at(monkeypatch, made)
    assert is_good_at(monkeypatch, link, made + LIFETIME)
    assert not is_good_at(monkeypatch, link, made + LIFETIME + STEP)


def test_a_step_has_one_link_and_the_next_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    first, last, next_ = (link_at(monkeypatch, NOON + later) for later in (0, STEP - 0.001, STEP))
    assert first == last != next_
