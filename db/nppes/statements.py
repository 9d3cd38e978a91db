"""Pieces of SQL that the merges share: comparing staged fields with stored ones, naming what differs."""

from datetime import date

from db.content import content_of
from db.tables import locations

ADDRESS = ("line1", "line2", "city", "state", "postal_code", "plus4", "country")
# What NPPES says of a secondary location.
LOCATION = (*ADDRESS, "phone", "phone_extension", "fax")

# The centroid of a staged address; OFFSET keeps PostgreSQL from hashing all of the ZIPs for each block.
OF_ZIP = """
    LEFT JOIN LATERAL (
      SELECT position, time_zone FROM zips WHERE zip = left(s.postal_code, 5) AND s.country = 'US' OFFSET 0
    ) z ON true
"""

# What an address is placed by, and where that is on the map.
PLACED = ("position", "position_precision", "time_zone")

# Notes the locations that a statement inserted, `added`, all of their columns.
NOTE_ADDED = f"""
    INSERT INTO noted_changes (npi, location_id, part_version, kind, new, load_id)
    SELECT npi, id, version, 'LOCATION_ADDED', jsonb_strip_nulls({content_of(locations, "added")}), $1 FROM added
"""  # noqa: S608 - the columns are ours


def fill(template: str, **pieces: str) -> str:
    """Return a statement with each {name} replaced; pieces are column lists of this package, never data."""
    return template.format_map(pieces)


def listed(columns: tuple[str, ...], table: str = "") -> str:
    """Return columns with commas between them, each of the table."""
    return ", ".join(f"{table}.{column}" if table else column for column in columns)


def differences(pairs: dict[str, tuple[str, str]]) -> str:
    """Return the columns `fields`, `old` and `new`: the names whose two expressions differ, and what these are."""
    differ = {name: f"CASE WHEN {old} IS DISTINCT FROM {new} THEN" for name, (old, new) in pairs.items()}
    names = ", ".join(f"{case} '{name}' END" for name, case in differ.items())
    olds, news = (
        " || ".join(
            f"coalesce({differ[name]} jsonb_build_object('{name}', {pair[side]}) END, '{{}}')"
            for name, pair in pairs.items()
        )
        for side in (0, 1)
    )
    return f"array_remove(ARRAY[{names}]::text[], NULL) AS fields, {olds} AS old, {news} AS new"


def assigned(pairs: dict[str, str]) -> str:
    """Return the assignments of an UPDATE, which also counts the version and stamps the time."""
    own = ", ".join(f"{column} = {value}" for column, value in pairs.items())
    return f"{own}, version = version + 1, updated_at = now()"


def stamped(as_of: date | None) -> str:
    """Return a stamp as SQL (db/nppes/edition.py)."""
    return f"'{as_of}'::date" if as_of else "NULL::date"


def rows(tag: str) -> int:
    """Return how many rows a statement touched, from the tag that PostgreSQL answers with."""
    return int(tag.rsplit(" ", 1)[-1])
