"""Companies as people change them: locked, compared, written; a statement for all of them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import Change
from db.columns import Asked, Columns, selecting
from db.companies import READABLE, Company
from db.edits.edit import Edit
from db.edits.given import rows_in_json
from db.rows import KeptRow, kept_class
from db.statement import MARK, Statement, compiled
from db.tables import companies
from db.transaction import Transaction

# What people own, whatever the registry says of the company; and what they own of one that they entered.
OWN = ("website", "tax_id_last4", "is_active", "is_active_pinned")
ENTERED = ("name", "parent_name", "phone", "fax", "mailing_address")
EDITABLE = (*OWN, *ENTERED)


class LockedCompany(asyncpg.Record):
    """A company that nobody else can change until the transaction ends: npi, EDITABLE, source, and so on."""


async def lock(
    transaction: Transaction, npis: Sequence[str], allowed: Sequence[str] | None, shown: Asked = None
) -> Mapping[str, LockedCompany]:
    """The companies with these NPIs that are among the allowed ones (None allows all), by NPI, locked.

    They have what `as_written` needs for the columns that are `shown`.
    """
    rows = await transaction.read(_lock_statement(shown), {"npis": npis, "allowed": allowed})
    return {row["npi"]: row for row in rows}


def as_written(edit: Edit, shown: Columns) -> KeptRow:
    """A company's row, with the columns that are shown, as it is once its edit is written.

    Nobody else can change it meanwhile, and nothing but the edit and its bookkeeping does.
    """
    places = _places(shown)
    row = edit.after(places)
    if edit.new:
        row |= {"version": edit.row["version"] + 1, "updated_at": edit.row["began"]}
    return _Written(places, [row[name] for name in places])


async def write(transaction: Transaction, edits: Sequence[Edit]) -> list[Change]:
    """Write the edits that change something; the changes to record, in their order."""
    changing = [edit for edit in edits if edit.new]
    if changing:
        written = {name for edit in changing for name in edit.new}
        columns = tuple(name for name in EDITABLE if name in written)
        rows = [edit.after(("npi", *columns)) for edit in changing]
        await transaction.write(_write_statement(columns), {"rows": orjson.dumps(rows).decode()})
    return [
        Change(edit.row["npi"], "COMPANY_UPDATED", edit.row["facets"], old=edit.old, new=edit.new)
        for edit in changing
    ]


async def create(
    transaction: Transaction, rows: Sequence[Mapping[str, Any]], shown: Asked = None
) -> Mapping[str, Company]:
    """Write new companies (npi and EDITABLE); those that weren't there before, by NPI, with the columns shown.

    One whose number is known to be deactivated isn't active, whatever its row says.
    """
    if not rows:
        return {}
    written = await transaction.read(_create_statement(shown), {"rows": orjson.dumps(list(rows)).decode()})
    return {row["npi"]: row for row in written}


def is_good(row: LockedCompany) -> bool:
    """Whether the registry says nothing against a company; it needn't know one that was entered by hand."""
    status: str = row["npi_status"]
    return status == "ACTIVE" or (status == "UNKNOWN" and row["source"] != "NPPES")


@lru_cache(maxsize=128)
def _places(shown: Columns) -> Mapping[str, int]:
    """Where a row has those of the table's columns that are shown."""
    names = [name for name in shown if isinstance(name, str) and name in READABLE]
    return {name: place for place, name in enumerate(names)}


_Written = kept_class(Company)

_LOCKED = ("npi", *EDITABLE, "npi_status", "source", "version")


# Always in one order, or two that lock the same companies would wait for each other. Facets are read when all are
# locked.
@lru_cache(maxsize=128)
def _lock_statement(shown: Asked) -> Statement:
    """The statement that locks companies, with the columns that are shown."""
    names = dict.fromkeys((*_LOCKED, *(_places(shown) if shown else ())))
    return compiled(
        text(f"""
        WITH locked AS MATERIALIZED (
          SELECT {", ".join(names)}, now() AS began FROM companies
          WHERE npi = ANY (CAST(:npis AS text[]))
            AND (CAST(:allowed AS text[]) IS NULL OR npi = ANY (CAST(:allowed AS text[])))
          ORDER BY npi FOR NO KEY UPDATE
        )
        SELECT locked.*, f.facets FROM locked, facets_of(ARRAY(SELECT npi FROM locked)) AS f
        WHERE f.npi = locked.npi
        """),  # noqa: S608 - the columns are ours
        LockedCompany,
        plans_once=True,
        is_select=True,
    )


# What is made of a column is made anew wherever the column is written, so those that stay aren't.
@lru_cache(maxsize=128)
def _write_statement(columns: Sequence[str]) -> Statement:
    """The statement that writes some columns of companies."""
    return compiled(
        text(f"""
        UPDATE companies SET
          {", ".join(f"{name} = edited.{name}" for name in columns)},
          version = companies.version + 1, updated_at = now()
        FROM {rows_in_json(companies, ("npi", *columns), "edited")}
        WHERE companies.npi = edited.npi
        """)  # noqa: S608 - the columns are ours
    )


_WRITTEN = tuple(name for name in EDITABLE if name != "is_active")

_CREATE = compiled(
    text(f"""
    INSERT INTO companies (npi, npi_status, deactivated_on, source, is_active, {", ".join(_WRITTEN)})
    SELECT made.npi, CASE WHEN d.npi IS NULL THEN 'UNKNOWN' ELSE 'DEACTIVATED' END, d.deactivated_on, 'MANUAL',
      made.is_active AND d.npi IS NULL, {", ".join(f"made.{name}" for name in _WRITTEN)}
    FROM {rows_in_json(companies, ("npi", *EDITABLE), "made")}
    LEFT JOIN deactivations d ON d.npi = made.npi AND d.deactivated_on IS NOT NULL
    ORDER BY made.npi
    ON CONFLICT (npi) DO NOTHING RETURNING {MARK}
    """),  # noqa: S608 - the columns are ours
    Company,
)


@lru_cache(maxsize=128)
def _create_statement(shown: Asked) -> Statement:
    """The statement that writes companies, and answers with the columns that are shown."""
    return selecting(_CREATE, READABLE, shown or Columns(()), "npi")
