"""Single values as CMS writes them, as the directory holds them."""

from functools import cache

import polars as pl


@cache
def clean(column: str) -> pl.Expr:
    """Return a column without blanks at both ends; null where nothing is left."""
    stripped = pl.col(column).str.strip_chars()
    return pl.when(stripped.str.len_bytes() > 0).then(stripped).alias(column)


# The countries and territories of the North American Numbering Plan (nanpa.com), by ISO 3166-1.
NUMBERING_PLAN = (
    "US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM", "KN", "KY", "LC", "MP", "MS",
    "PR", "SX", "TC", "TT", "UM", "VC", "VG", "VI",
)  # fmt: skip


def is_in_plan(country: str) -> pl.Expr:
    """Return whether an address is in the North American plan, by its clean country; none is US."""
    return pl.col(country).fill_null("US").str.to_uppercase().is_in(NUMBERING_PLAN)


def phone(column: str, is_planned: str) -> pl.Expr:
    """Return a clean column of phone numbers: E.164 where one can be that, anything else as it was registered.

    That is a number NXX-NXX-XXXX, N from 2 to 9, where the boolean column `is_planned` says that its address is in
    the North American plan.
    """
    number = pl.col(column)
    is_dialled = number.str.contains(r"^[2-9][0-9]{2}[2-9][0-9]{6}$") & pl.col(is_planned)
    return pl.when(is_dialled).then("+1" + number).otherwise(number)


def json(**fields: pl.Expr) -> pl.Expr:
    """Return one JSON object a row, with every key and null for what is absent."""
    named = [field.alias(name) for name, field in fields.items()]
    encoded: pl.Expr = pl.struct(*named).struct.json_encode()
    return encoded


def is_yes(column: str) -> pl.Expr:
    """Return whether a clean column says Y; absent is no."""
    return (pl.col(column) == "Y").fill_null(value=False)
