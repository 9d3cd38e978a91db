"""Guides are followed from top to bottom on the sample that a newcomer has."""

import pytest

from tests.fences import fences
from tests.graph.guides.walk import Walk

# Pages of which nothing is left out.
WALKED = (
    "batching.md",
    "copying.md",
    "errors.md",
    "export.md",
    "filtering.md",
    "first-minutes.md",
    "import.md",
    "keeping-verified.md",
    "limits.md",
    "paging.md",
    "partners.md",
    "roles.md",
    "searching.md",
    "verifying-lists.md",
)


@pytest.mark.parametrize("page", WALKED)
def test_a_page_can_be_followed(walk: Walk, page: str) -> None:
    walk.follow(page)


def test_the_commands_for_editors_can_be_typed(walk: Walk) -> None:
    for fence in fences("editing.md"):
        if fence.language == "console":
            walk.type(fence)
