"""The file of other names: its rows ready for staging."""

import polars as pl

from db.nppes import layout
from db.nppes.checks import checked, length_check, npi_checks
from db.nppes.companies import NAME_KINDS
from db.nppes.rejects import Reject
from db.nppes.values import clean

# In the order of the staging table of the same name.
STAGED = ("line", "npi", "name", "kind")


def parse(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """Return a block's rows as STAGED, and the rejected ones; a row without a name is left out."""
    columns = (layout.NPI, layout.OTHER_NAME, layout.OTHER_NAME_TYPE)
    cleaned = frame.with_columns(clean(column) for column in columns)
    good, rejects = checked(cleaned, [*npi_checks(), length_check(layout.OTHER_NAME)])
    kind = pl.col(layout.OTHER_NAME_TYPE).replace_strict(NAME_KINDS, default="OTHER")
    staged = good.select("line", npi=layout.NPI, name=layout.OTHER_NAME, kind=kind)
    return staged.filter(pl.col("name").is_not_null()).select(STAGED), rejects
