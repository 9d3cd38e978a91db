"""Single values as CMS writes them, as the directory holds them."""

import polars as pl


def clean(column: str) -> pl.Expr:
    """Return a column without blanks at both ends; null where nothing is left."""
    stripped = pl.col(column).str.strip_chars()
    return pl.when(stripped.str.len_bytes() > 0).then(stripped).alias(column)


def phone(column: str) -> pl.Expr:
    """Return a clean column of phone numbers: ten digits in E.164, anything else as it was registered."""
    number = pl.col(column)
    return pl.when(number.str.contains(r"^[0-9]{10}$")).then("+1" + number).otherwise(number)


def json(**fields: pl.Expr) -> pl.Expr:
    """Return one JSON object a row, with every key and null for what is absent."""
    named = [field.alias(name) for name, field in fields.items()]
    encoded: pl.Expr = pl.struct(*named).struct.json_encode()
    return encoded


def is_yes(column: str) -> pl.Expr:
    """Return whether a clean column says Y; absent is no."""
    return (pl.col(column) == "Y").fill_null(value=False)
