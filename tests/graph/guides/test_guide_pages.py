"""Guides are followed from top to bottom on the sample that a newcomer has."""

import pytest

from tests.graph.guides.walk import Walk

# Pages of which nothing is left out.
WALKED = (
    "batching.md",
    "copying.md",
    "errors.md",
    "filtering.md",
    "first-minutes.md",
    "keeping-verified.md",
    "limits.md",
    "paging.md",
    "partners.md",
    "roles.md",
    "searching.md",
)


@pytest.mark.parametrize("page", WALKED)
def test_a_page_can_be_followed(walk: Walk, page: str) -> None:
    walk.follow(page)
