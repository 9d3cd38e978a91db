"""Suggestions against an oracle in plain Python over the sample."""

import random
from typing import Any

import asyncpg
import pytest

from db.engine import Database
from db.folding import fold, split
from db.reads import Read
from db.statement import Statement
from tests.graph.conftest import Ask

NAMES = Statement(
    "SELECT npi, name, (SELECT array_agg(each ->> 'name') FROM jsonb_array_elements(other_names || further_names)"
    " AS each) AS others FROM companies",
    (),
    asyncpg.Record,
)
SUGGEST = "query ($prefix: String!, $first: Int!) { suggest(prefix: $prefix, first: $first) { npi name } }"

LIST = """query ($search: String!, $first: Int!) {
  companies(filter: {search: $search}, orderBy: [{field: RELEVANCE}], first: $first) { nodes { npi } }
}"""


@pytest.fixture(scope="module")
async def rows(directory: Database) -> list[Any]:
    found = await directory.read(NAMES)
    return sorted(found, key=lambda row: (fold(row["name"]), row["npi"]))


def suggested(rows: list[Any], prefix: str) -> tuple[list[str], set[str]]:
    """Those that come first, in order, and those that may follow, for words that are longer than initials."""
    *whole, last = split(prefix)
    begun = [row["npi"] for row in rows if fold(row["name"]).startswith(fold(prefix))]
    having = set()
    for row in rows:
        words = set(split(" ".join([row["npi"], row["name"], *(row["others"] or ())])))
        if words.issuperset(whole) and any(word.startswith(last) for word in words):
            having.add(row["npi"])
    return begun, having - set(begun)


def prefixes(rows: list[Any], rng: random.Random) -> list[str]:
    """What people may have typed: the beginnings of names, of words in any name, of several words, of a number."""
    found = []
    for row in rng.sample(rows, 60):
        names = [row["name"], *(row["others"] or ())]
        words = [word for word in split(rng.choice(names)) if len(word) > 3]
        found.append(row["npi"][: rng.randint(4, 10)])
        if words:
            start = rng.randrange(len(words))
            *whole, last = words[start : start + rng.randint(1, 3)]
            found.append(" ".join([*whole, last[: rng.randint(4, len(last))]]).upper())
        if len(split(row["name"])[0]) > 3:
            found.append(row["name"][: rng.randint(4, len(split(row["name"])[0]))])
    return found


async def test_suggestions_are_names_that_begin_so_then_those_with_the_words(ask: Ask, rows: list[Any]) -> None:
    rng = random.Random(7)  # noqa: S311 - no secret
    many = 0
    for prefix in prefixes(rows, rng):
        first = rng.randint(1, 20)
        answer = await ask(SUGGEST, {"prefix": prefix, "first": first})
        begun, having = suggested(rows, prefix)
        found = [each["npi"] for each in answer["data"]["suggest"]]
        assert found[: len(begun)] == begun[:first], prefix
        assert set(found[len(begun) :]) <= having, prefix
        assert len(found) == min(first, len(begun) + len(having)), prefix
        listed = await ask(LIST, {"search": prefix, "first": first})
        assert [each["npi"] for each in listed["data"]["companies"]["nodes"]] == found
        many += len(begun) + len(having) > 1
    assert many > 20


async def test_what_was_mistyped_suggests_what_may_be_meant(ask: Ask) -> None:
    meant, typed = [
        (await ask(SUGGEST, {"prefix": prefix, "first": 3}))["data"]["suggest"]
        for prefix in ("sunrise med", "sunrsie med")
    ]
    assert typed == meant != []


async def test_at_most_two_statements_bring_what_is_asked_of_them(ask: Ask, statements: list[Read]) -> None:
    before = len(statements)
    query = '{ suggest(prefix: "medical", first: 5) { name primaryLocation { address { city state } } } }'
    answer = await ask(query)
    assert len(answer["data"]["suggest"]) == 5
    assert all(each["primaryLocation"]["address"]["state"] for each in answer["data"]["suggest"])
    assert len(statements) - before == 2


@pytest.mark.parametrize("prefix", ["", "  ", "'", "&-!"])
async def test_nothing_is_suggested_where_nothing_was_typed(ask: Ask, prefix: str) -> None:
    assert await ask(SUGGEST, {"prefix": prefix, "first": 5}) == {"data": {"suggest": []}}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"prefix": "a", "first": 0}, "first is 0; it must be from 1 to 20."),
        ({"prefix": "a", "first": 21}, "first is 21; it must be from 1 to 20."),
        ({"prefix": "a\0", "first": 5}, "prefix holds a NUL character."),
    ],
)
async def test_what_can_not_be_asked_is_one_error(ask: Ask, variables: dict[str, Any], message: str) -> None:
    [error] = (await ask(SUGGEST, variables))["errors"]
    assert (error["message"], error["extensions"]["code"]) == (message, "BAD_USER_INPUT")
