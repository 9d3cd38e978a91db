"""The beginnings of months are those of the months of a time, and of no others."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from db.months import Months

EVERY_YEAR = [f"{year:04}-{month:02}" for year in range(10_000) for month in range(1, 13)]


def texts(days: Months) -> list[str]:
    return [text for text in EVERY_YEAR if f"{days.first:%Y-%m}".zfill(7) <= text <= f"{days.last:%Y-%m}".zfill(7)]


@given(first=st.dates(), last=st.dates())
def test_beginnings_are_those_of_the_months_alone(first: date, last: date) -> None:
    months = Months(first, last)
    beginnings = tuple(months.beginnings())
    found = [text for text in EVERY_YEAR[12:] if text.startswith(beginnings)]
    assert found == texts(months)
    assert len(beginnings) < 100


def test_a_thousand_years_have_one_beginning() -> None:
    assert Months().beginnings() == list("0123456789")
    assert Months(date(2026, 11, 26), date(2030, 1, 1)).beginnings() == [
        "2026-11", "2026-12", "2027", "2028", "2029", "2030-01",
    ]  # fmt: skip
    assert Months(date(2026, 2, 1), date(2026, 1, 31)).beginnings() == []
