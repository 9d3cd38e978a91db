"""What is left of a tsquery without prefixes matches wherever it does, and is found by the same index."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.prefixes import without_prefixes

WORDS = (
    "word=a",
    "word=ab",
    "word=o''fallon",
    "city=b\\\\",
    "trade=332B",
    "active",
    "kind=OTHER",
    "expires=2026-11",
)

LEXEMES = st.builds("'{}'{}".format, st.sampled_from(WORDS), st.sampled_from(("", "", ":*")))
QUERIES = st.recursive(
    LEXEMES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({' & '.join(each)})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({' | '.join(each)})"),
        inner.map("!({})".format),
        st.tuples(inner, inner, inner).map(lambda each: "({} & {} | {})".format(*each)),
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(query=QUERIES, facets=st.sets(st.sampled_from(WORDS)))
async def test_what_is_left_matches_wherever_the_query_does(query: str, facets: set[str], scratch: Any) -> None:
    whole = without_prefixes(query)
    if whole is None:
        return
    assert whole.count(":*") < query.count(":*")
    vector = " ".join(f"'{facet}'" for facet in facets)
    row = await scratch.writer.fetchrow(
        "SELECT f @@ $2::text::tsquery AS is_found, f @@ $3::text::tsquery AS is_left"
        " FROM (SELECT $1::text::tsvector AS f) AS made",
        vector,
        query,
        whole,
    )
    assert row["is_left"] or not row["is_found"]


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        ("'word=a' & 'word=b'", None),
        ("'word=a':*", None),
        ("('active') & ('word=a':*)", None),
        ("'trade=33':* | 'word=a'", None),
        ("'word=a' & 'word=b':*", "'word=a'"),
        ("'word=a' & ('word=bc':* | 'word=b' & 'word=c':*)", "'word=a'"),
        ("('active') & ('word=a' & 'word=b':*) & !('word=c')", "('active') & ('word=a')"),
        ("'word=a' & 'word=bc':* & 'word=d':*", "'word=a' & 'word=bc':*"),
        ("('word=a' | 'word=b' & 'word=c':*) & 'expires=2':*", "('word=a' | 'word=b') & 'expires=2':*"),
    ],
)
def test_prefixes_are_left_out(query: str, whole: str | None) -> None:
    assert without_prefixes(query) == whole
