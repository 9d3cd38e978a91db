"""The log of changes as a process knows it: what was read before a change that it depends on is never given."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.tail import Head
from graph.cache import follower as following
from graph.cache.follower import BOUND, Follower, Stamp, today
from graph.cache.tags import ANY, EVERY

EPOCH = (3, 3, 0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def change(id_: int, npi: str, *facets: str, load_id: int | None = None, before: Iterable[str] = ()) -> Any:
    return {
        "id": id_, "npi": npi, "location_id": None, "license_id": None, "load_id": load_id,
        "facets_before": list(before) or list(facets), "facets_after": list(facets),
    }  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def follower(clock: Clock) -> Follower:
    found = Follower(clock)
    found.apply(Head(10, EPOCH, today()), ())
    return found


def test_nothing_holds_before_the_log_was_read(clock: Clock) -> None:
    fresh = Follower(clock)
    assert fresh.stamp() is None
    assert not fresh.holds(Stamp(0, (0, 0, 0), today()), frozenset())


def test_what_was_read_holds_until_one_of_its_tags_changes(follower: Follower) -> None:
    stamp = follower.stamp()
    assert stamp == Stamp(10, EPOCH, today())
    follower.apply(
        Head(12, EPOCH, today()), [change(11, "1", "state=TX"), change(12, "2", "state=CA", before=["state=FL"])]
    )
    for tags, expected in (
        ({"company:1"}, False),
        ({"state=TX"}, False),
        # The list that it left, and the one that it came into.
        ({"state=FL"}, False),
        ({"state=CA"}, False),
        ({"state=NY", "company:3"}, True),
        (EVERY, False),
        (frozenset(), True),
    ):
        assert follower.holds(stamp, tags) is expected, tags
        assert follower.holds(Stamp(12, EPOCH, today()), tags)


def test_a_commit_of_its_own_is_known_before_its_tags_are(follower: Follower) -> None:
    before = follower.stamp()
    assert before
    follower.note_commit(12)
    # It may have changed anything.
    assert not follower.holds(before, frozenset({"company:1"}))
    after = follower.stamp()
    assert after == Stamp(12, EPOCH, today())
    assert follower.holds(after, frozenset({"company:1"}))
    follower.apply(Head(12, EPOCH, today()), [change(11, "1"), change(12, "2")])
    assert follower.holds(before, frozenset({"company:3"}))
    assert not follower.holds(before, frozenset({"company:1"}))
    assert follower.holds(after, frozenset({"company:1", "company:2"}))


def test_a_load_changes_everything(follower: Follower) -> None:
    before = follower.stamp()
    assert before
    follower.apply(Head(11, (4, 4, 0), today()), [change(11, "1", load_id=4)])
    assert not follower.holds(before, frozenset())
    after = follower.stamp()
    assert after
    assert follower.holds(after, EVERY)


def test_a_clearing_changes_everything(follower: Follower) -> None:
    before = follower.stamp()
    assert before
    follower.apply(Head(11, (3, 3, 1_790_000_000), today(), 11), (), touches=[(11, ANY)])
    assert not follower.holds(before, frozenset())
    after = follower.stamp()
    assert after
    assert follower.holds(after, EVERY)


def test_a_touch_is_as_a_change_of_its_tag_alone(follower: Follower) -> None:
    before = follower.stamp()
    assert before
    # The tag that changes after it keeps the place of that.
    changes = [change(11, "1", "state=TX"), change(13, "2", "state=CA")]
    follower.apply(Head(13, EPOCH, today(), 12), changes, touches=[(12, "state=CA"), (12, "state=NY")])
    at_eleven = before._replace(cursor=11)
    for tag, is_touched in (("state=NY", True), ("state=CA", True), ("state=TX", False), ("company:3", False)):
        assert follower.holds(at_eleven, {tag}) is not is_touched, tag
    assert not follower.holds(before._replace(cursor=12), {"state=CA"})
    assert follower.holds(before._replace(cursor=12), {"state=NY"})


def test_what_was_read_yesterday_may_have_expired(follower: Follower) -> None:
    assert follower.holds(Stamp(10, EPOCH, today()), frozenset())
    assert not follower.holds(Stamp(10, EPOCH, today() - 1), frozenset())


def test_a_log_that_is_silent_says_nothing(follower: Follower, clock: Clock) -> None:
    stamp = follower.stamp()
    clock.now += BOUND + 0.001
    assert follower.stamp() is None
    assert not follower.holds(stamp, frozenset())  # type: ignore[arg-type]
    follower.apply(Head(10, EPOCH, today()), ())
    assert follower.holds(stamp, frozenset())  # type: ignore[arg-type]


def test_a_change_whose_facets_nobody_noted_may_be_anything(follower: Follower) -> None:
    stamp = follower.stamp()
    assert stamp
    unknown = change(11, "1")
    unknown["facets_after"] = None
    follower.apply(Head(11, EPOCH, today()), [unknown])
    assert not follower.holds(stamp, frozenset({"company:2"}))


def test_what_is_forgotten_counts_as_changed(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST_TAGS", 4)
    stamp = follower.stamp()
    assert stamp
    follower.apply(Head(13, EPOCH, today()), [change(11, "1", "a"), change(12, "2", "b"), change(13, "3", "c")])
    assert not follower.holds(stamp, frozenset({"company:9"}))
    assert follower.holds(Stamp(12, EPOCH, today()), frozenset({"company:2"}))
    assert not follower.holds(Stamp(12, EPOCH, today()), frozenset({"c"}))


def test_a_log_that_ran_ahead_or_was_put_back_is_begun_anew(follower: Follower) -> None:
    stamp = follower.stamp()
    assert stamp
    follower.apply(Head(20_011, EPOCH, today()), ())
    assert not follower.holds(stamp, frozenset())
    follower.apply(Head(5, EPOCH, today()), ())
    assert follower.known == 5
    assert follower.stamp() == Stamp(5, EPOCH, today())
    # Of the log that was there before.
    assert not follower.holds(Stamp(20_011, EPOCH, today()), frozenset())


CHANGES = st.lists(st.tuples(st.sampled_from("123"), st.sets(st.sampled_from("abc"))), min_size=1, max_size=30)


@given(changes=CHANGES, seen=st.integers(0, 30), pieces=st.integers(1, 7), most=st.integers(2, 20))
def test_nothing_holds_that_changed_since(
    changes: list[tuple[str, set[str]]], seen: int, pieces: int, most: int
) -> None:
    """Whatever is read wherever, in whatever pieces the log comes, and however few tags are remembered."""
    found = Follower(Clock())
    found.apply(Head(0, EPOCH, today()), ())
    rows = [change(number, npi, *facets) for number, (npi, facets) in enumerate(changes, 1)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(following, "MOST_TAGS", most)
        for start in range(0, len(rows), pieces):
            part = rows[start : start + pieces]
            found.apply(Head(part[-1]["id"], EPOCH, today()), part)
    stamp = Stamp(min(seen, len(rows)), EPOCH, today())
    since: set[str] = set()
    for row in rows[stamp.cursor :]:
        since |= {ANY, f"company:{row['npi']}", *row["facets_after"]}
    tags: Mapping[str, bool] = {tag: tag in since for tag in ("company:1", "company:2", "a", "b", ANY)}
    for tag, has_changed in tags.items():
        if has_changed:
            assert not found.holds(stamp, {tag})
        elif most > 10:
            assert found.holds(stamp, {tag})
