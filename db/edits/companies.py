"""Companies as people change them: locked, compared, written; a statement for all of them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text

from db.changes import Change
from db.edits.edit import Edit
from db.statement import Statement, compiled
from db.transaction import Transaction

# What people own, whatever the registry says of the company; and what they own of one that they entered.
OWN = ("website", "tax_id_last4", "is_active", "is_active_pinned")
ENTERED = ("name", "parent_name", "phone", "fax", "mailing_address")
EDITABLE = (*OWN, *ENTERED)


class LockedCompany(asyncpg.Record):
    """A company that nobody else can change until the transaction ends: npi, EDITABLE, source, and so on."""


async def lock(
    transaction: Transaction, npis: Sequence[str], allowed: Sequence[str] | None
) -> Mapping[str, LockedCompany]:
    """The companies with these NPIs that are among the allowed ones (None allows all), by NPI, locked."""
    rows = await transaction.read(
        _LOCK, {"npis": list(npis), "allowed": None if allowed is None else list(allowed)}
    )
    return {row["npi"]: row for row in rows}


async def write(transaction: Transaction, edits: Sequence[Edit]) -> list[Change]:
    """Write the edits that change something; the changes to record, in their order."""
    changing = [edit for edit in edits if edit.new]
    if changing:
        written = {name for edit in changing for name in edit.new}
        columns = tuple(name for name in EDITABLE if name in written)
        rows = [{**{name: edit.row[name] for name in ("npi", *columns)}, **edit.new} for edit in changing]
        await transaction.read(_write_statement(columns), {"rows": orjson.dumps(rows).decode()})
    return [
        Change(edit.row["npi"], "COMPANY_UPDATED", edit.row["facets"], old=edit.old, new=edit.new)
        for edit in changing
    ]


async def create(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Write new companies (npi and EDITABLE); the NPIs of those that weren't there before.

    One whose number is known to be deactivated isn't active, whatever its row says.
    """
    if not rows:
        return set()
    written = await transaction.read(_CREATE, {"rows": orjson.dumps(list(rows)).decode()})
    return {row["npi"] for row in written}


def is_good(row: LockedCompany) -> bool:
    """Whether the registry says nothing against a company; it needn't know one that was entered by hand."""
    status: str = row["npi_status"]
    return status == "ACTIVE" or (status == "UNKNOWN" and row["source"] != "NPPES")


# Always in one order, or two that lock the same companies would wait for each other. Facets are read when all are
# locked.
_LOCK = compiled(
    text(f"""
    WITH locked AS MATERIALIZED (
      SELECT npi, {", ".join(EDITABLE)}, npi_status, source, version FROM companies
      WHERE npi = ANY (CAST(:npis AS text[]))
        AND (CAST(:allowed AS text[]) IS NULL OR npi = ANY (CAST(:allowed AS text[])))
      ORDER BY npi FOR NO KEY UPDATE
    )
    SELECT locked.*, f.facets FROM locked, facets_of(ARRAY(SELECT npi FROM locked)) AS f WHERE f.npi = locked.npi
    """),  # noqa: S608 - the columns are ours
    LockedCompany,
    plans_once=True,
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
        FROM jsonb_populate_recordset(NULL::companies, CAST(:rows AS jsonb)) AS edited
        WHERE companies.npi = edited.npi
        """)  # noqa: S608 - the columns are ours
    )


_WRITTEN = tuple(name for name in EDITABLE if name != "is_active")

_CREATE = compiled(
    text(f"""
    INSERT INTO companies (npi, npi_status, deactivated_on, source, is_active, {", ".join(_WRITTEN)})
    SELECT made.npi, CASE WHEN d.npi IS NULL THEN 'UNKNOWN' ELSE 'DEACTIVATED' END, d.deactivated_on, 'MANUAL',
      made.is_active AND d.npi IS NULL, {", ".join(f"made.{name}" for name in _WRITTEN)}
    FROM jsonb_populate_recordset(NULL::companies, CAST(:rows AS jsonb)) AS made
    LEFT JOIN deactivations d ON d.npi = made.npi AND d.deactivated_on IS NOT NULL
    ORDER BY made.npi
    ON CONFLICT (npi) DO NOTHING RETURNING npi
    """)  # noqa: S608 - the columns are ours
)
