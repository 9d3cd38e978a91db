"""The facets of the companies that a load changes: as they were before it, and as it leaves them.

Triggers list what is written (migration 0017), but for a load: it lists all that it has changed once, at its end.
"""

import asyncpg

from db.tables import listings

# Whoever edits a company locks it first: nobody changes it between this and the end of the load. In the order in
# which edits lock several.
_LOCK = """
    INSERT INTO changing_companies (npi)
    SELECT c.npi FROM companies c
    WHERE c.npi IN ({npis}) AND NOT EXISTS (SELECT FROM changing_companies n WHERE n.npi = c.npi)
    ORDER BY c.npi FOR NO KEY UPDATE OF c
"""
_CREATED = """
    INSERT INTO changing_companies (npi)
    SELECT c.npi FROM noted_changes c
    WHERE c.kind = 'COMPANY_CREATED' AND NOT EXISTS (SELECT FROM changing_companies n WHERE n.npi = c.npi)
"""
_ARE_ANY = "SELECT EXISTS (SELECT FROM changing_companies)"
_NOTE = """
    UPDATE changing_companies n SET facets_{side} = coalesce(
      (SELECT f.facets FROM company_facets f WHERE f.npi = n.npi), '{{}}'
    )
"""
_LIST = """
    INSERT INTO listings SELECT * FROM listed WHERE npi IN (SELECT npi FROM changing_companies)
    ON CONFLICT (npi) DO UPDATE SET {assignments} WHERE listings IS DISTINCT FROM excluded
"""
_UNLIST = """
    DELETE FROM listings l USING changing_companies n
    WHERE l.npi = n.npi AND NOT EXISTS (SELECT FROM companies c WHERE c.npi = n.npi)
"""
_LIST_ALL = "INSERT INTO listings SELECT * FROM listed"
_ASSIGNMENTS = ", ".join(
    f"{column.name} = excluded.{column.name}" for column in listings.c if column.name != "npi"
)


async def note_before(connection: asyncpg.Connection, npis: str) -> None:
    """Note the companies whose NPIs a query gives, before the load changes anything of them."""
    await connection.execute(_LOCK.format(npis=npis))


async def note_created(connection: asyncpg.Connection) -> None:
    """Note the companies that the load has created."""
    await connection.execute(_CREATED)


async def list_changed(connection: asyncpg.Connection) -> None:
    """List all of them once the load has written everything, and note their facets before that and after it."""
    if not await connection.fetchval(_ARE_ANY):
        return
    await connection.execute("ANALYZE changing_companies")
    await connection.execute(_NOTE.format(side="before"))
    await connection.execute(_LIST.format(assignments=_ASSIGNMENTS))
    await connection.execute(_UNLIST)
    await connection.execute(_NOTE.format(side="after"))


async def list_all(connection: asyncpg.Connection) -> None:
    """List every company of a directory in which nobody is listed yet."""
    await connection.execute(_LIST_ALL)
