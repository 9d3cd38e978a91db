"""The beginnings of months are those of the months of a time, and of no others."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from db.months import Months

# In order, so that those of a time, and those that begin alike, stand side by side.
EVERY_MONTH = [f"{year:04}-{month:02}" for year in range(1, 10_000) for month in range(1, 13)]


def months_of(first: str, last: str) -> list[str]:
    return EVERY_MONTH[bisect_left(EVERY_MONTH, first) : bisect_right(EVERY_MONTH, last)]


def that_begin(beginnings: Iterable[str]) -> list[str]:
    return sorted({month for each in beginnings for month in months_of(each, f"{each}~")})


@given(first=st.dates(), last=st.dates())
def test_beginnings_are_those_of_the_months_alone(first: date, last: date) -> None:
    beginnings = Months(first, last).beginnings()
    assert that_begin(beginnings) == months_of(
        first.isoformat()[:7], last.isoformat()[:7] if first <= last else ""
    )
    assert len(beginnings) < 100


def test_a_thousand_years_have_one_beginning() -> None:
    assert Months().beginnings() == list("0123456789")
    assert Months(date(2026, 11, 26), date(2030, 1, 1)).beginnings() == [
        "2026-11", "2026-12", "2027", "2028", "2029", "2030-01",
    ]  # fmt: skip
    assert Months(date(2026, 2, 1), date(2026, 1, 31)).beginnings() == []
