"""The grammar of the search box: no text fails, and what is found is what a plain oracle says."""

# ruff: noqa: E501 - tables keep a case on a line

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import companies, locations
from db.filters import Group
from db.pages import Window
from db.search import search
from graph.types.filters import CompanyFilter, LocationFilter, company_condition, location_condition
from tests.db.folding_rule import folded

ALL = Window(200)
Row = dict[str, Any]

PIECES = st.sampled_from((
    '"', "“", "”", "-", "\u2013", "OR", " ", " ", " ", "\u3000", "acme", "MEDICAL", "o'brien", "m.d.", "P A", "日本", "|", "&",
    "!", "(", ")", ":*", "\\", "%", "*", "<->", "'", "24/7", "or", "-acme", "\u200b",
))  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)


@settings(max_examples=150)
@given(text=TEXTS)
async def test_no_text_fails(text: str, scratch: Any) -> None:
    found = search(text)
    assert bool(found.words) is bool(found.conditions)
    await companies.page(scratch.database, Group("and", found.conditions), companies.BY_NAME, Window(1))
    assert await scratch.writer.fetchval("SELECT 'acme' ~ ALL($1::text[])", found.patterns) in {True, False}


@pytest.mark.parametrize("text", ["a " * 5000, "m.d." * 2000, "x" * 60_000, "-" * 5000, '"' * 5001, "OR " * 3000])
async def test_no_long_text_fails(text: str, scratch: Any) -> None:
    found = search(text)
    await companies.page(scratch.database, Group("and", found.conditions), companies.BY_NAME, Window(1))
    await scratch.writer.execute(f"SELECT 'acme' ~ ALL(ARRAY['{found.beginning or ''}'])")
    await scratch.writer.fetchval("SELECT 'acme' ~ ALL($1::text[])", found.patterns)


async def test_the_longest_phrase_is_looked_for(scratch: Any) -> None:
    words = [chr(ord("a") + place % 26) * 510 for place in range(32)]
    [[term]] = search(f'"{" ".join(words)}"').groups
    assert await scratch.writer.fetchval("SELECT $1 ~ $2", " ".join(words), term.patterns[0])


@dataclass(frozen=True)
class Said:
    """A word or a phrase as somebody types it."""

    words: tuple[str, ...]
    is_quoted: bool
    is_without: bool

    def text(self) -> str:
        """Return what is typed."""
        words = " ".join(self.words)
        return f"{'-' if self.is_without else ''}" + (f'"{words}"' if self.is_quoted else words)


# Longer than initials, of which tests below have cases.
WORDS = ("acme", "medical", "supply", "care", "zoe", "klinik", "nowhere", "24")
SAID = st.builds(
    Said, st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(tuple), st.booleans(), st.booleans()
).map(lambda said: said if said.is_quoted else Said(said.words[:1], said.is_quoted, said.is_without))
GROUPS = st.lists(st.lists(SAID, min_size=1, max_size=2), min_size=1, max_size=3)


def words(text: str) -> list[str]:
    return re.findall(r"(?:[a-z0-9]|[^\x00-\x7f])+", "".join(map(folded, text)))


def names(row: Row) -> list[list[str]]:
    return [words(name) for name in (row["name"], *(other["name"] for other in row["other_names"]))]


def fits(row: Row, said: Said, *, is_last: bool) -> bool:
    """Whether what is said holds of a company."""
    had = names(row)
    if said.is_quoted:
        size = len(said.words)
        is_there = any(tuple(name[at : at + size]) == said.words for name in had for at in range(len(name)))
    else:
        [word] = said.words
        every = [row["npi"], *(word for name in had for word in name)]
        may_begin = is_last and not said.is_without
        is_there = any(each.startswith(word) if may_begin else each == word for each in every)
        # Short ones may be written as initials.
        is_there = is_there or (not may_begin and word == "24" and {"2", "4"} <= set(every))
    return is_there is not said.is_without


@settings(max_examples=80)
@given(data=st.data(), groups=GROUPS)
async def test_what_is_found_is_what_was_asked_for(
    data: st.DataObject, groups: Sequence[Sequence[Said]], scratch: Any, random_directories: Any
) -> None:
    rows = data.draw(random_directories(max_companies=10, max_locations=0))
    await scratch.fill(rows)
    text = " ".join(" OR ".join(said.text() for said in group) for group in groups)
    last = groups[-1][-1]
    expected = [
        row["npi"]
        for row in rows.companies
        if all(any(fits(row, said, is_last=said is last) for said in group) for group in groups)
    ]
    condition = Group("and", search(text).conditions)
    page = await companies.page(scratch.database, condition, companies.BY_NAME, ALL)
    assert sorted(row["npi"] for row in page.rows) == sorted(expected), text
    assert await companies.count(scratch.database, condition, 100) == len(expected)


@settings(max_examples=30)
@given(data=st.data(), groups=GROUPS)
async def test_a_search_stands_within_other_filters(
    data: st.DataObject, groups: Sequence[Sequence[Said]], scratch: Any, random_directories: Any
) -> None:
    """Where it stands under `or` or `not`, or is about a location's company, it holds for the same ones."""
    rows = data.draw(random_directories(max_companies=8, max_locations=2))
    await scratch.fill(rows)
    text = " ".join(" OR ".join(said.text() for said in group) for group in groups)
    found = await found_by(scratch, CompanyFilter(search=text))
    every = {row["npi"] for row in rows.companies}
    active = {row["npi"] for row in rows.companies if row["is_active"]}
    assert await found_by(scratch, CompanyFilter(not_=CompanyFilter(search=text))) == every - found
    either = CompanyFilter(or_=[CompanyFilter(search=text), CompanyFilter(is_active=True)])
    assert await found_by(scratch, either) == found | active
    licensed = CompanyFilter(or_=[CompanyFilter(search=text), CompanyFilter(has_valid_license=True)])
    valid = await found_by(scratch, CompanyFilter(has_valid_license=True))
    assert await found_by(scratch, licensed) == found | valid
    of_them = location_condition(LocationFilter(company=CompanyFilter(search=text)))
    page = await locations.page(scratch.database, of_them, locations.BY_COMPANY, ALL)
    assert {row["npi"] for row in page.rows} == {row["npi"] for row in rows.locations} & found


async def found_by(scratch: Any, filter_: CompanyFilter) -> set[str]:
    page = await companies.page(scratch.database, company_condition(filter_), companies.BY_NAME, ALL)
    return {row["npi"] for row in page.rows}


NAMES = (
    "Smith, M.D., P.A.",
    "Beautiful Smile L.L.C.",
    "The Smile of Beautiful Care",
    "Portland OR Clinic",
    "X-Ray",
)
DBA = "Sunny\u2013Side Dental"


@pytest.fixture
async def five(scratch: Any) -> Any:
    """Five companies, the last with another name."""
    await scratch.writer.execute("TRUNCATE companies, locations, licenses")
    rows: list[Row] = [
        {
            "npi": str(1_000_000_000 + place),
            "name": name,
            "npi_status": "ACTIVE",
            "source": "NPPES",
            "further_names": [],
        }
        for place, name in enumerate(NAMES)
    ]
    rows[-1]["further_names"] = [{"name": DBA, "kind": "DOING_BUSINESS_AS"}]
    await scratch.insert("companies", rows)
    return scratch


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('"md pa"', [0]), ('"m.d. p.a."', [0]), ('"pa md"', []), ('"MD"', [0]), ('smith "m d"', [0]),
        ('"beautiful smile"', [1]), ("beautiful smile", [1, 2]), ('"smile llc"', [1]), ('"smile LLC', [1]),
        ("“beautiful smile”", [1]), ('beautiful -"beautiful smile"', [2]), ("beautiful -llc", [2]),
        ("beautiful \u2013 llc", [1]), ("beautiful - llc", [1]), ("beautiful \u2013llc", [1]),
        ("portland or", [3]), ("portland OR", [3]), ("portland OR clinic", [3]), ("smith OR clinic", [0, 3]),
        ("smith OR clinic portland", [3]), ("OR OR OR", [3]), ("x-ray", [4]), ("-x-ray", [0, 1, 2, 3]),
        ('"side dental"', [4]), ('"x ray dental"', []), ('"sunny side"', [4]), ('-"sunny side" x', []),
        ("-smith -beautiful -clinic", [4]), ('""', [0, 1, 2, 3, 4]), ("-", [0, 1, 2, 3, 4]),
        ("1000000003", [3]), ("10000000", [0, 1, 2, 3, 4]), ("-1000000003 portland", []), ('"1000000003"', []),
    ],
)  # fmt: skip
async def test_what_a_text_finds(five: Any, text: str, places: list[int]) -> None:
    page = await companies.page(five.database, Group("and", search(text).conditions), (("NPI", False),), ALL)
    assert [int(row["npi"]) - 1_000_000_000 for row in page.rows] == places


def test_texts_cost_what_their_length_is() -> None:
    rng = random.Random(3)  # noqa: S311 - no secret
    text = " ".join(rng.choice(['"', "-x", "OR", "abc", "m d p a"]) for _ in range(20_000))
    assert len(search(text).query) < 40 * len(text)
