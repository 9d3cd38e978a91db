"""The order of relevance: classes as an oracle has them, pages that are the list, counts that are its length."""

# ruff: noqa: E501 - tables keep a case on a line

import itertools
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import companies, filters, relevance, spelling
from db.filters import EVERYTHING, Group
from db.pages import Window
from db.relevance import Wanted
from db.search import Search, search
from graph.types.cursors import decode_cursor, encode_cursor
from tests.db.folding_rule import folded

Row = dict[str, Any]

TEXTS = st.sampled_from((
    "acme", "acme medical", "medical acme", "ACME MEDICAL SUPPLY", "acme medical sup", "care", "a", "o'brien's",
    '"medical supply"', "acme -supply", "acme OR care", "medical", "zoe", "10000", "1000000003", "日本", "-acme",
    # As nobody is called.
    "acm medcal", "acme medial", "suply medical", "cære", "zoee utrehct", "acme and medical", "acme medical inc", "xyz",
))  # fmt: skip
SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def fold(text: str) -> str:
    return "".join(map(folded, text))


def words(text: str) -> list[str]:
    return re.findall(r"(?:[a-z0-9]|[^\x00-\x7f])+", fold(text))


def class_of(row: Row, sought: Search, *, is_few: bool) -> int:
    """The class of a company that is found by words of more letters than initials have."""
    if not is_few:
        return 4
    name = words(row["name"])
    asked = [term for group in sought.groups for term in group if not term.is_without]
    said = [word for term in asked for word in term.words]
    if any(len(group) > 1 for group in sought.groups):
        # Each is a word; a name that has one of the alternatives has what was asked for.
        is_prefix = asked[-1].is_prefix
        begins = False
        has_words = any(word in name for word in said) or (
            is_prefix and any(each.startswith(said[-1]) for each in name)
        )
    else:
        begins = begins_with(name, said)
        has_words = has(name, asked, may_begin=True)
    others = sought.start and any(begins_with(words(each["name"]), said) for each in row["other_names"])
    tests = (begins, has_words, others)
    return next((number for number, holds in enumerate(tests, 1) if holds), 4)


def has(name: Sequence[str], asked: Sequence[Any], *, may_begin: bool) -> bool:
    """Whether a name has a phrase, or all words."""
    said = [word for term in asked for word in term.words]
    if asked and asked[0].is_phrase:
        return any(list(name[place : place + len(said)]) == said for place in range(len(name)))
    is_prefix = may_begin and bool(asked) and asked[-1].is_prefix
    return all(
        word in name or (is_prefix and word is said[-1] and any(each.startswith(word) for each in name))
        for word in said
    )


def begins_with(name: Sequence[str], said: Sequence[str]) -> bool:
    """Whether a name begins with words, the last of which may be a prefix."""
    *whole, last = said or [""]
    return (
        bool(said) and list(name[: len(whole)]) == whole and "".join(name[len(whole) : len(said)]).startswith(last)
    )


async def numbers(scratch: Any, wanted: Wanted) -> list[str]:
    """The numbers of all that is found, by name."""
    page = await companies.page(scratch.database, wanted.condition, companies.BY_NAME, Window(100))
    return [row["npi"] for row in page.rows]


async def expected(scratch: Any, rows: Sequence[Row], rest: Any, text: str) -> list[str]:
    """The list as its classes are described, of what is found as it was typed or else otherwise."""
    typed = search(text)
    searches = [typed]
    if not await numbers(scratch, Wanted(rest, typed)):
        searches = await spelling.near(scratch.database, rest, typed)
    found: list[str] = []
    for each in searches:
        fitting = set(await numbers(scratch, Wanted(rest, each))) - set(found)
        of_search = [row for row in rows if row["npi"] in fitting]
        whole = set(await numbers(scratch, Wanted(rest, each.whole)))
        begun = [row for row in of_search if each.start and fold(row["name"]).startswith(each.start)]
        others = [row for row in of_search if row not in begun]
        found += [row["npi"] for row in sorted(begun, key=lambda row: (fold(row["name"]), row["npi"]))]
        for sought, is_whole in ((each.whole, True), (each, False)):
            found += in_classes([row for row in others if (row["npi"] in whole) is is_whole], sought)
    return found


def in_classes(rows: Sequence[Row], sought: Search) -> list[str]:
    """The numbers of what has all of the words, or all but the last one, which is a prefix."""
    is_few = len(rows) <= relevance.MOST_RANKED

    def place(row: Row) -> tuple[int, str, str]:
        return class_of(row, sought, is_few=is_few), fold(row["name"]), row["npi"]

    return [row["npi"] for row in sorted(rows, key=place)]


async def walked(scratch: Any, wanted: Wanted, sizes: Sequence[int], *, backward: bool) -> list[str]:
    """Walk to the end with cursors as clients hold them."""
    found: list[str] = []
    position = None
    for size in itertools.cycle(sizes):
        page = await relevance.page(scratch.database, wanted, Window(size, position, backward))
        keys = [row["npi"] for row in page.rows]
        found = keys + found if backward else found + keys
        further, back = (page.has_previous, page.has_next) if backward else (page.has_next, page.has_previous)
        assert back is (position is not None)
        if not further:
            assert await companies.count(scratch.database, page.condition, 100) == len(found)
            return found
        assert len(keys) == size
        place = relevance.position(page.rows[0 if backward else -1])
        position = decode_cursor(encode_cursor("list", place), "list", relevance.KEYS, "after")
    raise AssertionError


@pytest.fixture
def rewritten(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Statements that are written with other numbers, and anew after the test."""

    def rewrite(**numbers: int) -> None:
        for name, number in numbers.items():
            monkeypatch.setattr(relevance, name, number)
        forget()

    def forget() -> None:
        relevance._statement.cache_clear()
        relevance._template.cache_clear()

    yield rewrite
    forget()


@pytest.fixture(params=[3000, 2])
def most_ranked(request: pytest.FixtureRequest, rewritten: Any) -> None:
    """Few candidates, or more than are put into classes."""
    rewritten(MOST_RANKED=request.param)


@pytest.mark.usefixtures("most_ranked")
@settings(max_examples=40)
@given(data=st.data(), text=TEXTS, sizes=SIZES, rest=st.sampled_from([EVERYTHING, filters.Test("active")]))
async def test_pages_are_the_list_in_its_classes(
    data: st.DataObject, text: str, sizes: list[int], rest: Any, scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_locations=0))
    await scratch.fill(rows)
    wanted = Wanted(rest, search(text))
    every = await expected(scratch, rows.companies, rest, text)
    for backward in (False, True):
        assert await walked(scratch, wanted, sizes, backward=backward) == every


async def test_a_page_of_nothing_tells_whether_there_is_something(scratch: Any) -> None:
    await of_names(scratch, "Acme Medical", "Acme Dental")
    for text, is_there in (("acme", True), ("medical", True), ("acmee", True), ("zzzz", False)):
        page = await relevance.page(scratch.database, Wanted(EVERYTHING, search(text)), Window(0))
        assert (page.rows, page.has_next) == ([], is_there)


async def test_a_place_that_is_in_no_list_is_before_nothing(scratch: Any) -> None:
    await of_names(scratch, "Acme Medical", "Acme Dental")
    for rank, expected_ in ((7, 0), (95, 0), (-3, 0), (0, 2)):
        window = Window(5, (rank, "a", "1"))
        page = await relevance.page(scratch.database, Wanted(EVERYTHING, search("acme")), window)
        assert len(page.rows) == expected_


async def test_where_a_sample_makes_it_plain_that_many_are_found_they_come_by_name(
    scratch: Any, rewritten: Any
) -> None:
    names = [
        "Dental, Acme",
        "Acme Medical Dental",
        "Aaa Acmes Dental",
        "Bluebird Dental of Acme",
        *["Others"] * 26,
    ]
    await of_names(scratch, *names)
    await scratch.writer.execute("ANALYZE listings")
    wanted = Wanted(EVERYTHING, search("dental acme"))
    for numbers_, places in (({"MOST_RANKED": 5}, [0, 1, 3, 2]), ({"MOST_RANKED": 5, "_SAMPLE": 4}, [1, 3, 0, 2])):
        rewritten(**numbers_)
        page = await relevance.page(scratch.database, wanted, Window(20))
        assert [int(row["npi"]) - 1_000_000_000 for row in page.rows] == places


async def of_names(scratch: Any, *names: str, others: Sequence[Sequence[str]] = ()) -> None:
    """Fill the directory with companies of these names, numbered from 1000000000 on."""
    await scratch.writer.execute("TRUNCATE companies, locations, licenses")
    rows: list[Row] = [
        {"npi": str(1_000_000_000 + place), "name": name, "npi_status": "ACTIVE", "source": "NPPES"}
        for place, name in enumerate(names)
    ]
    for place, row in enumerate(rows):
        own = others[place] if others else ()
        row["further_names"] = [{"name": name, "kind": "DOING_BUSINESS_AS"} for name in own]
    await scratch.insert("companies", rows)


NAMES = (
    "Zebra Sunrise Dental", "Sunrise-Dental Group", "Sunrise Dental", "Sunrise Dental Inc", "Dental Sunrises",
    "Aardvark Care", "Aaa Care", "Sunrise Dentistry",
)  # fmt: skip
OTHERS = ((), (), (), (), (), ("Dental of Sunrise",), ("Sunrise, Dental & Care",), ())


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("sunrise dental", [2, 3, 1, 0, 6, 5]),
        ("SUNRISE DENTAL INC", [3]),
        ("dental sunrise", [4, 2, 3, 1, 0, 6, 5]),
        ("sunrise dent", [2, 3, 7, 1, 0, 6, 5]),
        ("1000000005", [5]),
        # Mistyped: swapped, dropped, doubled, put for another; twice; with a word that only begins.
        ("sunrise dnetal inc", [3]), ("snrise dental inc", [3]), ("sunrise dental inncc", []),
        ("sunrisse dental inc", [3]), ("sunrisr dental inc", [3]), ("sunrsie dentistri", [7]),
        ("sunrsie dentis", [7]), ("ardvark", [5]), ("sunrise dentsitry", [7]),
        # Written otherwise.
        ("the sunrise dental and group llc", [1]), ("sunr dent gro", [1]), ("sunrise dental grp", [1]),
        ("sunr dentl grp inc", []), ("sunri dental grp inc", [1]), ("the sunrsie dental inc", [2, 3, 1, 0, 6, 5]),
        # Taken at its word.
        ('"sunrsie" dental', []), ("sunrsie -dental", []), ("sunrsie OR dnetal", []), ("123456", []),
    ],
)  # fmt: skip
async def test_what_a_text_finds_in_order(scratch: Any, text: str, places: list[int]) -> None:
    await of_names(scratch, *NAMES, others=OTHERS)
    page = await relevance.page(scratch.database, Wanted(EVERYTHING, search(text)), Window(20))
    assert [int(row["npi"]) - 1_000_000_000 for row in page.rows] == places


async def test_what_must_hold_besides_holds_of_other_spellings_too(scratch: Any) -> None:
    await of_names(scratch, "Sunrise Dental", "Sunrose Dental")
    await scratch.writer.execute("UPDATE companies SET is_active = name LIKE 'Sunrose%'")
    for rest, places in (
        (EVERYTHING, [0, 1]),
        (filters.Test("active"), [1]),
        (Group("and", (filters.Test("inactive"),)), [0]),
    ):
        page = await relevance.page(scratch.database, Wanted(rest, search("sunrse dental")), Window(20))
        assert sorted(int(row["npi"]) - 1_000_000_000 for row in page.rows) == places


# ---- what may be meant

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


@given(word=st.text(ALPHABET, min_size=3, max_size=12), data=st.data())
def test_a_word_that_was_mistyped_by_a_letter_is_among_its_spellings(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(ALPHABET))
    start, end = word[:place], word[place:]
    for typed in (start + end[1:], start + letter + end, start + letter + end[1:], start + end[:1] + end):
        assert word in spelling.spellings(typed) or word == typed
    swapped = start + end[1:2] + end[0] + end[2:]
    assert word in spelling.spellings(swapped) or word == swapped
    found = spelling.spellings(word)
    assert len(found) == len(set(found)) <= 53 * len(word) + 26


async def test_a_search_that_finds_nothing_takes_few_statements(scratch: Any) -> None:
    await of_names(scratch, *NAMES)
    texts = ["qwert zuiop asdfg hjkl yxcvb nmqwe rtzui opasd", "dental sunrise qwert", "qwert"]
    for text in texts:
        seen: list[Any] = []

        class Watched:
            async def read(self, *arguments: Any) -> Any:
                seen.append(arguments)  # noqa: B023 - used while the loop stands here
                return await scratch.database.read(*arguments)

        await relevance.page(Watched(), Wanted(EVERYTHING, search(text)), Window(20))  # type: ignore[arg-type]
        assert 3 < len(seen) < 16


@pytest.mark.parametrize("text", ["a" * 300, " ".join(f"{letter * 30}" for letter in "qwertzuiopas")])
async def test_a_long_text_is_not_asked_for_in_all_of_its_spellings(scratch: Any, text: str) -> None:
    await of_names(scratch, *NAMES)
    letters = 0

    class Watched:
        async def read(self, statement: Any, values: Any = None) -> Any:
            nonlocal letters
            letters += len(str(values))
            return await scratch.database.read(statement, values)

    await relevance.page(Watched(), Wanted(EVERYTHING, search(text)), Window(20))  # type: ignore[arg-type]
    assert letters < 100_000
