"""What a row must be to be taken, as expressions over a block's frame."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from db.nppes.layout import NPI
from db.nppes.rejects import Reject

# What the prefix 80840 adds to the Luhn sum; `db.npi` has the same rule for one number.
_PREFIX_SUM = 24
_FIVE_DIGITS = 10**5
_EARLIEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)
# As many as a name that is entered by hand may have; CMS's have 70. An index takes no value of 2,700 bytes.
_MOST_CHARACTERS = 300


@dataclass(frozen=True)
class Check:
    """A reason to reject, and which rows it holds for (null counts as no)."""

    reason: str
    fails: pl.Expr


@cache
def npi_checks() -> list[Check]:
    """Return the checks of the NPI column."""
    npi = pl.col(NPI)
    shaped = npi.str.contains(r"^[0-9]{10}$").fill_null(value=False)
    rounded = npi.str.contains(r"^[0-9][.,]?[0-9]*[eE]\+?[0-9]+$")
    return [
        Check("a spreadsheet has rounded the NPI, whose digits are lost: export it again as text", rounded),
        Check("the NPI isn't ten digits", ~shaped),
        Check("the NPI starts with neither 1 nor 2", shaped & ~npi.str.contains(r"^[12]")),
        Check("the NPI fails its check digit", shaped & ~has_check_digit(npi)),
    ]


@cache
def npi_in(column: str) -> pl.Expr:
    """Return a column's NPIs; null where there is none or what stands there can't be one."""
    npi = pl.col(column)
    return pl.when(npi.str.contains(r"^[12][0-9]{9}$") & has_check_digit(npi)).then(npi)


def has_check_digit(npi: pl.Expr) -> pl.Expr:
    """Return whether ten digits end with the check digit that they must have."""
    number = npi.cast(pl.Int64, strict=False).clip(0, _FIVE_DIGITS**2 - 1)
    first, last = (pl.lit(_sums(place)) for place in (5, 0))
    total = first.gather(number // _FIVE_DIGITS) + last.gather(number % _FIVE_DIGITS) + _PREFIX_SUM
    return total % 10 == 0


@cache
def _sums(place: int) -> pl.Series:
    """Return the Luhn sums of all five digits that end at a place, counted from the right."""
    number, total = pl.col("number"), pl.lit(0)
    for each in range(5):
        digit = number // 10**each % 10
        # Every second digit from the right counts twice, and 12 counts as 1 + 2.
        total += (digit * 2 - 9 * (digit > 4)) if (place + each) % 2 else digit  # noqa: PLR2004 (5 doubled is 10)
    numbers = pl.DataFrame({"number": pl.int_range(_FIVE_DIGITS, eager=True)})
    return numbers.select(total.cast(pl.UInt8)).to_series()


def day(column: str) -> pl.Expr:
    """Return a column of MM/DD/YYYY texts as dates; null where there is none or an impossible one."""
    parsed = pl.col(column).str.to_date("%m/%d/%Y", strict=False)
    return pl.when(parsed.is_between(_EARLIEST, _LATEST)).then(parsed)


def date_check(column: str) -> Check:
    """Return the check of a column of dates."""
    return Check(f"an impossible date in {column}", pl.col(column).is_not_null() & day(column).is_null())


def length_check(column: str) -> Check:
    """Return the check of a column of names or of parts of an address, which are sought by."""
    longer = pl.col(column).str.len_chars() > _MOST_CHARACTERS
    return Check(f"{column} has more than {_MOST_CHARACTERS} characters", longer)


def checked(frame: pl.DataFrame, checks: list[Check]) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the rows that pass every check, and the others with the first reason that holds."""
    reason = pl.coalesce(pl.when(check.fails).then(pl.lit(check.reason)) for check in checks)
    judged = frame.with_columns(reason.alias("reason"))
    if judged["reason"].null_count() == judged.height:
        return frame, []
    bad = judged.filter(pl.col("reason").is_not_null()).select("line", pl.col(NPI).fill_null(""), "reason")
    return judged.filter(pl.col("reason").is_null()).drop("reason"), [Reject(*row) for row in bad.iter_rows()]
