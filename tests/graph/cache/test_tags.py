"""What lists depend on: whatever changes one is in one of the buckets that it depends on, before or after."""

import pytest

from db import filters
from db.filters import EVERYTHING, Condition, Group
from db.pages import Page
from graph.cache.tags import EVERY, MOST, Tags, tags_of_condition, tags_with
from graph.types.paging import Listing, Slice, tags_of_slices


def both(*conditions: Condition) -> Group:
    return Group("and", conditions)


STATE, CITY = filters.Test("state", (["TX", "FL"],)), filters.Test("city", (["austin"],))
INSIDE = filters.Test("inside", (-98.0, 30.0, -97.0, 31.0))
NUMBERS = filters.Test("npi", (["1", "2"],))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (EVERYTHING, EVERY),
        (both(STATE), {"state=TX", "state=FL"}),
        # The narrowest of all that must hold.
        (both(STATE, CITY), {"city=austin"}),
        (both(STATE, NUMBERS, filters.Test("active")), {"company:1", "company:2"}),
        (both(filters.Test("active")), EVERY),
        (both(filters.Test("words", ("'a':*",)), STATE), {"state=TX", "state=FL"}),
        (both(Group("locations", (both(filters.Test("primary"), CITY),))), {"city=austin"}),
        (both(Group("company", (both(NUMBERS),))), {"company:1", "company:2"}),
        # Each of what may hold.
        (both(Group("or", (both(STATE), both(CITY)))), {"state=TX", "state=FL", "city=austin"}),
        (both(Group("or", (both(STATE), both(filters.Test("active"))))), EVERY),
        (both(Group("or", ()), STATE), {"state=TX", "state=FL"}),
        (both(Group("not", (both(STATE),))), EVERY),
        (both(Group("not", (both(STATE),)), CITY), {"city=austin"}),
        # No facet tells who is in a box, so that whatever narrows it besides does.
        (both(INSIDE), EVERY),
        (both(INSIDE, STATE), {"state=TX", "state=FL"}),
        (both(Group("or", (INSIDE, CITY))), EVERY),
        # Those without a state have no facet that says so.
        (both(filters.Test("state", (["", "TX"],))), EVERY),
        # Those of a name that is too long to be listed have none either.
        (both(filters.Test("parent_name", (["醫" * 400],)), STATE), {"state=TX", "state=FL"}),
        # Nothing is ever in this list.
        (both(filters.Test("state", ([],))), frozenset()),
    ],
)
def test_a_list_depends_on_its_narrowest_buckets(condition: Condition, expected: Tags) -> None:
    assert tags_of_condition(condition) == expected


def test_more_tags_than_are_worth_it_are_any() -> None:
    assert len(tags_with("company:", [str(number) for number in range(MOST)])) == MOST
    assert tags_with("company:", [str(number) for number in range(MOST + 1)]) == EVERY


def test_what_a_watch_list_counts_is_kept_nowhere() -> None:
    """Its owner changes its numbers, of which the log of changes doesn't tell."""
    kept, own = (Listing("", (), (), filters.Test("active"), is_logged=is_logged) for is_logged in (True, False))
    page = Page((), has_next=False, has_previous=False)
    assert tags_of_slices([Slice(page, kept)]) == EVERY
    assert tags_of_slices([Slice(page, kept), Slice(page, own, "a")]) is None
