"""The file of secondary practice locations: its rows ready for staging."""

import polars as pl

from db.nppes import addresses, layout
from db.nppes.checks import checked, length_check, npi_checks
from db.nppes.rejects import Reject
from db.nppes.values import clean, is_in_plan, phone

# In the order of the staging table of the same name.
STAGED = (
    "line", "npi", "id", "line1", "line2", "city", "state", "postal_code", "plus4", "country",
    "phone", "phone_extension", "fax",
)  # fmt: skip


def parse(frame: pl.DataFrame) -> tuple[pl.DataFrame, int, list[Reject]]:
    """Return a block's rows as STAGED, how many have lost their ZIP's zeros, and the rejected ones.

    A row without any address is left out.
    """
    cleaned = frame.with_columns(clean(column) for column in (layout.NPI, *layout.SECONDARY.values()))
    lengths = [length_check(layout.SECONDARY[field]) for field in addresses.SOUGHT]
    good, rejects = checked(cleaned, [*npi_checks(), *lengths])
    lost = addresses.lost_zeros(good, layout.SECONDARY)
    kept = addresses.without_codes(good, layout.SECONDARY, lost)
    planned = kept.with_columns(is_planned=is_in_plan(layout.SECONDARY["country"]))
    staged = planned.filter(addresses.is_somewhere(layout.SECONDARY)).select(
        "line",
        npi=layout.NPI,
        **addresses.address(layout.SECONDARY),
        phone=phone(layout.SECONDARY["phone"], "is_planned"),
        phone_extension=layout.SECONDARY["phone_extension"],
        fax=phone(layout.SECONDARY["fax"], "is_planned"),
    )
    return with_ids(staged).select(STAGED), int(lost.sum()), rejects


def with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the `id` that a secondary location has by its NPI and address."""
    columns = (pl.col(field) for field in ("line1", "line2", "city", "state", "postal_code"))
    names = frame.select(id=pl.col("npi") + ":" + addresses.key(*columns))
    return frame.with_columns(addresses.location_ids(names["id"]))
