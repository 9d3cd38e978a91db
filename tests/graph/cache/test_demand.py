"""Whether a process keeps answers: by how many were asked for again, and some in any case."""

from graph.cache.demand import LEAST, NEWEST, Demand
from graph.cache.worth import PROBE

# Of no key that is kept in any case.
KEY = 1


def demand_of(*hits: bool) -> Demand:
    found = Demand()
    for is_hit in hits:
        found.note(is_hit=is_hit)
    return found


def test_at_first_all_are_kept() -> None:
    assert Demand().admits(KEY)


def test_what_is_hardly_asked_for_again_is_not_kept_but_for_some() -> None:
    found = demand_of(*[False] * round(3 / NEWEST))
    assert [key for key in range(2 * PROBE) if found.admits(key)] == [0, PROBE]


def test_what_is_asked_for_again_now_and_then_is_kept() -> None:
    assert demand_of(*([True] + [False] * round(0.4 / LEAST)) * 100).admits(KEY)


def test_some_that_are_found_show_that_all_would_be() -> None:
    found = demand_of(*[False] * 1000, *[True] * round(1.2 * LEAST / NEWEST))
    assert found.admits(KEY)
