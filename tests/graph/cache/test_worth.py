"""Whether the shared cache is asked: by what was found, by what it saves, and now and then in any case."""

from graph.cache.worth import ASKING, KEEPING, NEWEST, PREMIUM, PROBE, Worth

# Of no key that is asked for in any case.
KEY = 1


def worth_of(seconds: float, hits: int = 0, misses: int = 0) -> Worth:
    found = Worth()
    found.note_work(seconds, 1)
    for place in range(hits + misses):
        found.note_question(is_hit=place >= misses)
    return found


def test_it_is_asked_for_what_takes_longer_than_asking() -> None:
    assert worth_of(ASKING * 1.1).is_given(KEY)
    assert not worth_of(ASKING * 0.9).is_given(KEY)


def test_what_is_done_together_takes_a_part_of_the_time_each() -> None:
    found = Worth()
    found.note_work(ASKING * 8, 16)
    assert not found.is_given(KEY)


def test_it_is_left_alone_where_hardly_anything_is_found() -> None:
    assert worth_of(ASKING * 10, misses=10).is_given(KEY)
    assert not worth_of(ASKING * 10, misses=100).is_given(KEY)


def test_keeping_what_was_not_there_counts_as_often_as_nothing_is() -> None:
    # So it is found half of the time.
    found = worth_of(1.0, misses=1)
    found.rate = 0.5
    for seconds, is_worth in ((2.2 * ASKING + KEEPING, True), (1.8 * ASKING + KEEPING, False)):
        found.seconds = seconds
        found.note_work(seconds, 1)
        assert found.is_given(KEY) is is_worth


def test_dear_work_is_looked_for_whatever_was_found() -> None:
    assert worth_of((ASKING + KEEPING) / PREMIUM * 1.1, misses=1000).is_given(KEY)


def test_some_keys_are_looked_for_always_so_that_a_change_is_noticed() -> None:
    found = worth_of(ASKING * 10, misses=1000)
    assert [key for key in range(2 * PROBE) if found.is_given(key)] == [0, PROBE]
    for _ in range(round(2 / NEWEST)):
        found.note_question(is_hit=True)
    assert found.is_given(KEY)


def test_time_in_which_others_have_the_cores_hardly_counts() -> None:
    found = Worth()
    for place in range(100):
        found.note_work(ASKING * (0.5 if place % 2 else 2.0), 1)
    assert not found.is_given(KEY)


def test_it_is_asked_until_it_is_known_what_that_saves() -> None:
    found = Worth()
    for _ in range(100):
        found.note_question(is_hit=False)
    assert found.is_given(KEY)
