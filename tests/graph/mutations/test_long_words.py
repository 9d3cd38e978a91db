"""Names of one long word: kept and told as they are, and listed by no more of it than a lexeme holds."""

from typing import Any

import pytest

from tests.graph.mutations.conftest import ADMIN, Mutate

NPI = "1234567893"
CREATE = 'mutation($name: String!) { createCompany(input: {npi: "1234567893", name: $name}) { company { name } } }'
RENAME = 'mutation($name: String!) { updateCompany(input: {npi: "1234567893", name: $name}) { company { name } } }'
SEARCH = "query($words: String!) { companies(filter: {search: $words}, first: 1) { nodes { npi } } }"
# One character that is six once it is folded, of three bytes each.
LONG = "\u3316"
# 113 of them fit into a lexeme, 300 are the longest name.
COUNTS = [113, 114, 115, 300]


@pytest.mark.parametrize("count", COUNTS)
async def test_a_name_may_be_one_long_word(mutate: Mutate, count: int) -> None:
    word = LONG * count
    assert await named(mutate, CREATE, word) == {"createCompany": {"company": {"name": word}}}
    for name in (f"A {word[2:]}", word):
        assert await named(mutate, RENAME, name) == {"updateCompany": {"company": {"name": name}}}
        # Found by its beginning, and by all of it.
        for words in (LONG * 20, name):
            found = await mutate(SEARCH, {"words": words}, ADMIN)
            assert found["data"]["companies"]["nodes"] == [{"npi": NPI}], len(words)


async def named(mutate: Mutate, mutation: str, name: str) -> Any:
    return (await mutate(mutation, {"name": name}, ADMIN))["data"]
