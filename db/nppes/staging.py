"""The temporary tables that a file is copied into before it is merged; they end with the connection."""

import asyncpg

_ADDRESS = """
    line1 text, line2 text, city text, state text COLLATE "C", postal_code text COLLATE "C", plus4 text,
    country text
"""
_TABLES = {
    "staged_companies": f"""
        line bigint, npi text COLLATE "C", name text, other_names jsonb, npi_status text,
        deactivated_on date, reactivated_on date, replacement_npi text COLLATE "C", enumerated_on date,
        nppes_updated_on date, certified_on date,
        is_subpart boolean, parent_name text, taxonomies jsonb, taxonomy_codes text[], identifiers jsonb,
        mailing_address jsonb, phone text, fax text, authorized_official jsonb,
        location_id uuid, has_location boolean, {_ADDRESS}, location_phone text, location_fax text,
        digest bigint, status_as_of date, is_status_kept boolean DEFAULT false
    """,
    # Companies whose rows say what the last full file said (db/nppes/repeats.py).
    "staged_repeats": 'npi text COLLATE "C"',
    "staged_deactivations": """
        line bigint, npi text COLLATE "C", deactivated_on date, replacement_npi text COLLATE "C"
    """,
    "staged_people": 'npi text COLLATE "C", was_deactivated boolean',
    "staged_locations": f"""
        line bigint, npi text COLLATE "C", id uuid, {_ADDRESS}, phone text, phone_extension text, fax text
    """,
    # What becomes of companies and locations, until it is recorded as the last thing that the load does.
    "noted_changes": """
        place bigint GENERATED ALWAYS AS IDENTITY, npi text COLLATE "C", location_id uuid, license_id uuid,
        kind text, fields text[] DEFAULT '{}', load_id integer, old jsonb, new jsonb,
        version integer, part_version integer
    """,
    # Of which companies those are, with their facets (db/nppes/facets.py).
    "changing_companies": 'npi text COLLATE "C", facets_before text[], facets_after text[]',
    "staged_names": 'line bigint, npi text COLLATE "C", name text, kind text',
}


async def create(connection: asyncpg.Connection) -> None:
    """Make the staging tables, empty ones where a load before left some."""
    await drop(connection)
    for name, columns in _TABLES.items():
        await connection.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")


async def create_for_changes(connection: asyncpg.Connection) -> None:
    """Make, for this transaction, those of them that changes are noted in."""
    for name in ("noted_changes", "changing_companies"):
        await connection.execute(f"CREATE TEMPORARY TABLE {name} ({_TABLES[name]}) ON COMMIT DROP")


async def drop(connection: asyncpg.Connection) -> None:
    """Remove the staging tables and what merges derived from them."""
    await connection.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in _TABLES)}")


async def empty(connection: asyncpg.Connection) -> None:
    """Throw away what is staged."""
    await connection.execute(f"TRUNCATE {', '.join(f'pg_temp.{name}' for name in _TABLES)}")


async def analyze(connection: asyncpg.Connection) -> None:
    """Count what is staged, so that merges are planned for its size."""
    await connection.execute(f"ANALYZE {', '.join(f'pg_temp.{name}' for name in _TABLES)}")
