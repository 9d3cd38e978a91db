"""Folding in Python and in SQL: twins, letter by letter."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from db.folding import fold, words

# PostgreSQL's text holds no NUL; half surrogates are no text.
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
LATIN = st.text(st.characters(min_codepoint=1, max_codepoint=0x17F), max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACME", "acme"),
        ("O'Brien`s", "obriens"),
        ("Zoë Ütrecht", "zoe utrecht"),
        ("ÀÉÎÕÜÇÑØÝÿ", "aeioucnoyy"),
        ("Łódź", "Łodź"),
        ("ÆŒß日本", "ÆŒß日本"),
        ("O’Brien", "o’brien"),
        ("", ""),
    ],
)
def test_what_is_folded(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Smith & Sons, Inc.", ["smith", "sons", "inc"]),
        ("O'Brien's 24/7", ["obriens", "24", "7"]),
        ("  --  ", []),
        ("日本 Care", ["日本", "care"]),
        ("a\tb\nc", ["a", "b", "c"]),
        ("x:y|z&!(<->)\\'\"", ["x", "y", "z"]),
    ],
)
def test_what_words_are(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@settings(max_examples=300)
@given(text=TEXT | LATIN)
@example(text="".join(map(chr, range(1, 0x250))))
async def test_fold_is_the_same_in_sql(text: str, scratch: Any) -> None:
    assert await scratch.writer.fetchval("SELECT fold($1)", text) == fold(text)


@pytest.mark.parametrize("space", ["\x85", "\xa0", "\u2003", "\u2028", "\u3000"])
async def test_words_with_a_space_outside_ascii_are_the_same_in_sql(space: str, scratch: Any) -> None:
    text = f"a{space}b"
    assert sorted(await scratch.writer.fetchval("SELECT tsvector_to_array(words($1))", text)) == words(text)


@settings(max_examples=300)
@given(text=(TEXT | LATIN).filter(lambda text: not any(letter.isspace() and letter > "\x7f" for letter in text)))
async def test_words_are_the_same_in_sql(text: str, scratch: Any) -> None:
    found = await scratch.writer.fetchval("SELECT tsvector_to_array(words($1))", text)
    assert sorted(found) == sorted(set(words(text)))


@settings(max_examples=100)
@given(text=TEXT)
async def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
