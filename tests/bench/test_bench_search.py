"""The texts that searches are measured by are made as their rules say, and found in the sample."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.search import Found, measure, recall_of, report
from bench.search_texts import KINDS, OTHER_NAME, RULES, Asked, Named, asked, bare, misspelt, words
from db.spelling import spellings

NAMES = (
    "Visiting Nurse Community Care of the Coast, Inc.", "SMITH, M.D., P.A.", "St. Mary's & Sons", "N/A", "日本",
    "A 1 Medical Equipment Incorporated", "Orthopaedics", "ACME L.L.C.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "found", "meant"),
    [
        ("SMITH, M.D., P.A.", ["smith", "mdpa"], ["smith", "mdpa"]),
        ("Acme and Sons, L.L.C.", ["acme", "and", "sons", "llc"], ["acme", "sons"]),
        ("Inc", ["inc"], ["inc"]),
    ],
)
def test_names_are_the_same_but_for_what_nobody_types(name: str, found: list[str], meant: list[str]) -> None:
    assert (words(name), bare(name)) == (found, meant)


@given(name=st.sampled_from(NAMES), seed=st.integers(0, 100_000))
def test_a_misspelt_name_is_off_by_one_letter(name: str, seed: int) -> None:
    text = misspelt(name, random.Random(seed))  # noqa: S311 - no secret
    if text is not None:
        [[typed, meant]] = [pair for pair in zip(text.split(), words(name), strict=True) if pair[0] != pair[1]]
        assert meant in spellings(typed)


@given(name=st.sampled_from(NAMES), rule=st.sampled_from(sorted(RULES)), seed=st.integers(0, 100_000))
def test_each_rule_changes_a_name_or_lets_it_be(name: str, rule: str, seed: int) -> None:
    text = RULES[rule](name, random.Random(seed))  # noqa: S311 - no secret
    assert text is None or text.strip()
    if text is not None and rule == "reordered":
        assert (sorted(text.split()), text.split() != bare(name)) == (sorted(bare(name)), True)


def test_the_texts_are_of_all_kinds_alike_and_the_same_each_time() -> None:
    companies = [Named(str(2_000_000_000 + place), name, ("Other Care",)) for place, name in enumerate(NAMES)]
    first, second = (asked(companies, 70, random.Random(1)) for _ in range(2))  # noqa: S311 - no secret
    assert first == second
    assert [sum(each.kind == kind for each in first) for kind in KINDS] == [10] * len(KINDS)
    assert {each.name for each in first if each.kind == OTHER_NAME} == {"Other Care"}


async def test_what_is_meant_is_found_in_the_sample(sample_url: str) -> None:
    found, times = await measure(sample_url, 70, 1, "SAMPLE")
    assert (len(found), len(times)) == (70, 70)
    assert recall_of(found) >= 0.95


def test_what_was_missed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [Asked("misspelt", "acmee", "ACME", "2000000000"), Asked("number", "20000000", "ACME", "2000000000")]
    report([Found(texts[0], None, 3.0), Found(texts[1], 4, 1.0)], [12.0], 5)
    told = capsys.readouterr().out
    assert "recall@10 of 0.95 is missed: 0.500" in told
    assert "misspelt: 'acmee' doesn't find 'ACME'" in told
    assert "Suggestions take 12.0 ms (median), 12.0 ms (worst); 10 ms are missed." in told
