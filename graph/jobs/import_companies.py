"""Imports companies: enters those that the directory doesn't have, and updates the others."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from db import companies
from db.jobs import Outcome
from db.reads import Reads
from graph.jobs.imports.importing import Import
from graph.jobs.imports.subject import VERSION, Subject
from graph.jobs.work import Work
from graph.mutations.create_company import CREATE_COMPANY
from graph.mutations.update_company import UPDATE_COMPANY


async def import_companies(work: Work) -> Outcome:
    """Write the companies of a file, and what became of each row into another one."""
    return await Import(work, COMPANIES).run()


async def known(database: Reads, keys: Sequence[str]) -> Collection[str]:
    """Return those of some NPIs that are there; what isn't digits, such as a NUL, isn't asked for."""
    return await versions_of(database, [each for each in keys if each.isascii() and each.isdigit()])


async def versions_of(database: Reads, npis: Sequence[str]) -> Mapping[str, int]:
    """Return the versions of those companies that are there, by their NPIs."""
    rows = zip(npis, await companies.by_npi(database, npis, VERSION), strict=True)
    return {npi: row["version"] for npi, row in rows if row is not None}


COMPANIES: Final = Subject(
    name="imported-companies",
    create=CREATE_COMPANY,
    update=UPDATE_COMPANY,
    key="npi",
    repeated="An earlier row of the file is about this company.",
    needed=("npi",),
    known=known,
    of_row=lambda row: row.npi,
    of_change=lambda change: change.npi,
    versions=versions_of,
    prefix="company:",
)
