"""Whether a process keeps answers: by how many were asked for again, and some in any case."""

from graph.cache.demand import LEAST, NEWEST, Demand

# Of a key that is kept in any case, and of one that isn't.
PROBED, KEY = 0, 1


def demand_of(*hits: bool) -> Demand:
    found = Demand()
    for is_hit in hits:
        found.note(PROBED, is_hit=is_hit)
    return found


def test_at_first_all_are_kept() -> None:
    assert Demand().is_high


def test_what_is_hardly_asked_for_again_is_not_kept() -> None:
    assert not demand_of(*[False] * round(3 / NEWEST)).is_high


def test_what_is_asked_for_again_now_and_then_is_kept() -> None:
    assert demand_of(*([True] + [False] * round(0.4 / LEAST)) * 100).is_high


def test_some_that_are_found_show_that_all_would_be() -> None:
    assert demand_of(*[False] * 1000, *[True] * round(1.2 * LEAST / NEWEST)).is_high


def test_what_is_kept_since_it_was_asked_for_again_shows_nothing_of_others() -> None:
    found = demand_of(*[False] * 1000)
    for _ in range(1000):
        found.note(KEY, is_hit=True)
    assert not found.is_high
