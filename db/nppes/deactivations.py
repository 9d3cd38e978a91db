"""The report of deactivations: numbers and days, its rows ready for staging."""

import polars as pl

from db.nppes import layout
from db.nppes.checks import Check, checked, date_check, day, npi_checks
from db.nppes.rejects import Reject
from db.nppes.values import clean

# In the order of the staging table of the same name.
STAGED = ("line", "npi", "deactivated_on")


def parse(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """Return a block's rows as STAGED, and the rejected ones."""
    cleaned = frame.with_columns(clean(column) for column in (layout.NPI, layout.REPORTED))
    undated = Check("no deactivation date", pl.col(layout.REPORTED).is_null())
    good, rejects = checked(cleaned, [*npi_checks(), date_check(layout.REPORTED), undated])
    staged = good.select("line", npi=layout.NPI, deactivated_on=day(layout.REPORTED))
    return staged.select(STAGED), rejects
