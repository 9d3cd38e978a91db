"""The order of relevance as clients ask for it: pages, counts and facets of one list, and what can't be asked."""

from typing import Any

import pytest

from tests.graph.conftest import Ask

PAGE = """
query ($search: String, $first: Int, $after: String, $last: Int, $before: String, $state: [String!]) {
  companies(
    first: $first, after: $after, last: $last, before: $before,
    filter: {search: $search, state: $state}, orderBy: [{field: RELEVANCE}]
  ) {
    totalCount { value precision }
    facets { status(top: 5) { value count } }
    edges { cursor node { npi name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def page(ask: Ask, **variables: Any) -> dict[str, Any]:
    answer = await ask(PAGE, variables)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["companies"]
    return found


@pytest.mark.parametrize("search", ["medical supply", "supply medical", "medcal suply", "helth system"])
async def test_pages_both_ways_are_one_list_that_is_counted(ask: Ask, search: str) -> None:
    whole = await page(ask, search=search, first=200)
    npis = [edge["node"]["npi"] for edge in whole["edges"]]
    assert len(npis) == len(set(npis)) == whole["totalCount"]["value"] > 10
    assert sum(each["count"] for each in whole["facets"]["status"]) == len(npis)
    found: list[str] = []
    at: dict[str, Any] = {"first": 7}
    while True:
        forward = await page(ask, search=search, **at)
        found += [edge["node"]["npi"] for edge in forward["edges"]]
        assert forward["totalCount"] == whole["totalCount"]
        if not forward["pageInfo"]["hasNextPage"]:
            break
        at = {"first": 7, "after": forward["pageInfo"]["endCursor"]}
    assert found == npis
    back = await page(ask, search=search, last=9, before=forward["pageInfo"]["endCursor"])
    assert [edge["node"]["npi"] for edge in back["edges"]] == npis[-10:-1]


async def test_the_very_name_comes_first(ask: Ask) -> None:
    names = [edge["node"]["name"] for edge in (await page(ask, search="medical supply", first=200))["edges"]]
    name = names[-1]
    for typed in (name, name.lower(), f"  {name.title()} "):
        assert (await page(ask, search=typed, first=1))["edges"][0]["node"]["name"] == name


async def test_without_words_it_is_the_order_by_name(ask: Ask) -> None:
    by_name = await ask("{ companies(first: 5) { edges { cursor node { npi name } } } }")
    for search in (None, "", " - ", '""'):
        found = await page(ask, search=search, first=5)
        assert [edge["node"] for edge in found["edges"]] == [
            edge["node"] for edge in by_name["data"]["companies"]["edges"]
        ]


async def test_a_cursor_is_good_for_its_search_and_order_alone(ask: Ask) -> None:
    cursor = (await page(ask, search="medical", first=2))["pageInfo"]["endCursor"]
    for variables in ({"search": "supply"}, {"search": "medical", "state": ["TX"]}):
        [error] = (await ask(PAGE, {**variables, "first": 2, "after": cursor}))["errors"]
        assert error["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("[{field: RELEVANCE}, {field: NAME}]", "RELEVANCE stands alone in orderBy, with the direction ASC."),
        ("[{field: RELEVANCE, direction: DESC}]", "RELEVANCE stands alone in orderBy, with the direction ASC."),
        ("[{field: RELEVANCE}, {field: RELEVANCE}]", "orderBy names a field twice."),
    ],
)
async def test_what_can_not_be_asked_is_one_error(ask: Ask, order: str, message: str) -> None:
    [error] = (await ask(f'{{ companies(filter: {{search: "a"}}, orderBy: {order}) {{ nodes {{ npi }} }} }}'))[
        "errors"
    ]
    assert (error["message"], error["extensions"]["code"]) == (message, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("search", "message"),
    [
        (f'"{"a b " * 20}"', "search takes at most 32 words in one pair of quotes, not 40."),
        (" ".join(map(str, range(100, 140))), "search takes at most 32 different words, not 40."),
    ],
)
async def test_too_many_words_are_one_error(ask: Ask, search: str, message: str) -> None:
    [error] = (await ask(PAGE, {"search": search, "first": 1}))["errors"]
    assert (error["message"], error["extensions"]["code"]) == (message, "BAD_USER_INPUT")
