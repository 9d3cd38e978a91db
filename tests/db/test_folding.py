"""Folding in Python and in SQL: twins, letter by letter; and the table that both have, held to Unicode's own."""

# ruff: noqa: RUF001 - letters that look alike are what is tested

import hashlib
import importlib
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from db.folding import LONGEST_WORD, TABLE, fold, words
from db.search import search
from tests.db import folding_rule

# PostgreSQL's text holds no NUL; half surrogates are no text.
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
LATIN = st.text(st.characters(min_codepoint=1, max_codepoint=0x17F), max_size=30)
# Initials between whatever separates them.
INITIALS = st.lists(
    st.sampled_from((*"aBz09", "md", "Ác", " ", ".", ", ", "\t", "&", "é", "日")), max_size=40
).map("".join)
# What is in the table, each with neighbours of its kind.
FOLDED = st.text(
    st.sampled_from([chr(code) for code in range(0x80, 0x30000) if fold(chr(code)) != chr(code)]), max_size=30
)
EVERY_CHARACTER = [chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x110000))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ACME", "acme"),
        ("O'Brien`s", "obriens"),
        ("O’Brien‘s ʻokina O´Neil", "obriens okina oneil"),
        ("Zoë Ütrecht", "zoe utrecht"),
        ("ÀÉÎÕÜÇÑØÝÿ", "aeioucnoyy"),
        ("Zoe\u0308 A\u030angstro\u0308m", "zoe angstrom"),
        ("Łódź", "lodz"),
        ("ÆŒß日本 ẞ", "aeoess日本 ss"),
        ("ΟΔΟΣ ς ЖУК ŞİŞ", "οδοσ σ жук sis"),
        ("ﬁn ﬃ Ｆｕｌｌ　１２ ① ½", "fin ffi full 12 1 1 2"),
        ("“Smile” „Care‟ «Med»", '"smile" "care" "med"'),
        ("a‐b‑c‒d–e—f―g−h", "a-b-c-d-e-f-g-h"),
        ("a\xa0b\u2009c\u3000d\u2028e\x85f", "a b c d e f"),
        ("me\xaddi\u200bcal\ufeff \u2066su\u200dp\u2069ply\u2060", "medical supply"),
        ("Acme® Care™ (©)", "acme care ()"),
        ("★ Smiles\uf0b7", "  smiles "),
        ("\ud55c\uae00 \u1112", "\u1112\u1161\u11ab\u1100\u1173\u11af \u1112"),
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
        ("a1\tb1\nc1", ["a1", "b1", "c1"]),
        ("xx:yy|zz&!(<->)\\'\"", ["xx", "yy", "zz"]),
        ("St.\xa0Mary’s–Care", ["st", "marys", "care"]),
        ("Smile L.L.C.", ["smile", "l", "l", "c", "llc", "lc"]),
        ("M.D., P A", ["m", "d", "p", "a", "mdpa", "dpa", "pa"]),
        ("A-1 Care 3 D", ["a", "1", "care", "3", "d", "a1", "3d"]),
        ("一 二", ["一", "二"]),
        (
            "a b c d e f g h i j k l",
            [*"abcdefghijkl", *("abcdefghijkl"[place : place + 10] for place in range(11))],
        ),
    ],
)
def test_what_words_are(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Acme  acme MED", "'acme' & 'med':*"),
        ("acme", "'acme':*"),
        ("the MD 日 care", "('the' | 't' & 'h' & 'e') & ('md' | 'm' & 'd') & '日' & 'care':*"),
        ("m.d. care", "('md' | 'm' & 'd') & 'care':*"),
        ("m.d.", "('md':* | 'm' & 'd':*)"),
        (
            "m d p a",
            "('mdpa':* | 'm' & 'd' & 'p' & 'a':* | 'md' & 'pa':* | 'mdp' & 'a':*)",
        ),
        (" –&- ", ""),
    ],
)
def test_what_is_searched_for(text: str, query: str) -> None:
    assert search(text).query == query


def test_different_words_are_counted() -> None:
    found = search("care, Care & cáre of a b")
    assert (found.query, found.words) == ("'care' & ('of' | 'o' & 'f') & ('ab':* | 'a' & 'b':*)", 4)


@pytest.mark.skipif(
    unicodedata.unidata_version != folding_rule.UNICODE,
    reason=f"the table is that of Unicode {folding_rule.UNICODE}, which Python 3.11 has",
)
def test_the_table_is_what_the_rule_gives(request: pytest.FixtureRequest) -> None:
    lines = "".join(f"{line}\n" for line in folding_rule.lines())
    if request.config.getoption("--update-folding"):
        TABLE.write_text(lines, encoding="ascii")
    assert TABLE.read_text(encoding="ascii") == lines


def test_a_new_table_comes_with_a_migration_that_rebuilds_the_columns() -> None:
    migration = importlib.import_module("migrations.versions.0003_names")
    assert hashlib.sha256(TABLE.read_bytes()).hexdigest() == migration.TABLE_SHA256


@pytest.mark.slow
async def test_every_character_is_folded_alike_in_sql(scratch: Any) -> None:
    rows = await scratch.writer.fetch(
        "SELECT letter, fold(letter) AS folded, tsvector_to_array(words('x' || letter || 'y')) AS words"
        " FROM unnest($1::text[]) AS letter",
        EVERY_CHARACTER,
    )
    assert len(rows) == len(EVERY_CHARACTER)
    differing = [
        row["letter"]
        for row in rows
        if row["folded"] != fold(row["letter"]) or row["words"] != sorted(set(words(f"x{row['letter']}y")))
    ]
    assert differing == []


def test_folding_a_character_twice_is_folding_it_once() -> None:
    assert [letter for letter in EVERY_CHARACTER if fold(fold(letter)) != fold(letter)] == []


@settings(max_examples=300)
@given(text=TEXT | LATIN | FOLDED)
@example(text="".join(map(chr, range(1, 0x250))))
async def test_fold_is_the_same_in_sql(text: str, scratch: Any) -> None:
    assert await scratch.writer.fetchval("SELECT fold($1)", text) == fold(text)


@settings(max_examples=300)
@given(text=TEXT | LATIN | FOLDED | INITIALS)
async def test_words_are_the_same_in_sql(text: str, scratch: Any) -> None:
    found = await scratch.writer.fetchval("SELECT tsvector_to_array(words($1))", text)
    assert sorted(found) == sorted(set(words(text)))


@pytest.mark.parametrize("text", ["x" * 2041, "x" * 2042, "a \u3316" + "\u3316" * 113, "日" * 680, "日" * 681])
async def test_a_word_that_no_lexeme_holds_is_cut_alike_in_sql(text: str, scratch: Any) -> None:
    found = await scratch.writer.fetchval("SELECT tsvector_to_array(words($1))", text)
    assert sorted(found) == sorted(set(words(text)))
    assert all(len(word.encode()) <= LONGEST_WORD for word in found)


@settings(max_examples=100)
@given(text=TEXT | FOLDED)
async def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


NAME = st.text(
    st.characters(exclude_characters="\0", codec="utf-8") | st.sampled_from('\\"[]tn\t\n, '), max_size=15
)


@settings(max_examples=200)
@given(name=NAME.filter(bool), others=st.lists(NAME, max_size=3))
@example(name='FOO ["A', others=["B", ", ", '"', "\\"])
@example(name='A\\TEMPLE ["A\\tB"]', others=["SUN\tVALLEY", "a\\tb", '"]', "]"])
@example(name='["', others=[])
async def test_a_company_s_words_are_those_of_its_names(name: str, others: list[str], scratch: Any) -> None:
    await scratch.empty()
    row = {"npi": "1000000004", "name": name, "npi_status": "ACTIVE", "source": "NPPES"}
    await scratch.insert(
        "companies", [{**row, "other_names": [{"name": each, "kind": "OTHER"} for each in others]}]
    )
    found = await scratch.writer.fetchval("SELECT tsvector_to_array(words) FROM companies")
    assert sorted(found) == sorted(set(words(" ".join([row["npi"], name, *others]))))
