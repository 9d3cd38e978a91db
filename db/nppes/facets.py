"""The facets of the companies that a load changes: as they were before it, and as it leaves them."""

import asyncpg

# Whoever edits a company locks it first: nobody changes it between this and the end of the load. In the order in
# which edits lock several.
_LOCK = """
    INSERT INTO changing_companies (npi)
    SELECT c.npi FROM companies c
    WHERE c.npi IN ({npis}) AND NOT EXISTS (SELECT FROM changing_companies n WHERE n.npi = c.npi)
    ORDER BY c.npi FOR NO KEY UPDATE OF c
"""
# A statement of its own: that one is from before the edits that it waited for.
_BEFORE = """
    UPDATE changing_companies n SET facets_before = f.facets FROM company_facets f
    WHERE f.npi = n.npi AND n.facets_before IS NULL
"""
_CREATED = """
    INSERT INTO changing_companies (npi, facets_before)
    SELECT c.npi, '{}' FROM noted_changes c
    WHERE c.kind = 'COMPANY_CREATED' AND NOT EXISTS (SELECT FROM changing_companies n WHERE n.npi = c.npi)
"""
_AFTER = """
    UPDATE changing_companies n SET facets_after = coalesce(
      (SELECT f.facets FROM company_facets f WHERE f.npi = n.npi), '{}'
    )
"""


async def note_before(connection: asyncpg.Connection, npis: str) -> None:
    """Note the facets of the companies whose NPIs a query gives, before the load changes anything of them."""
    if await connection.execute(_LOCK.format(npis=npis)) != "INSERT 0 0":
        await connection.execute(_BEFORE)


async def note_created(connection: asyncpg.Connection) -> None:
    """Note that the companies which the load has created had no facets before."""
    await connection.execute(_CREATED)


async def note_after(connection: asyncpg.Connection) -> None:
    """Note the facets of all of them once the load has written everything."""
    await connection.execute("ANALYZE changing_companies")
    await connection.execute(_AFTER)
