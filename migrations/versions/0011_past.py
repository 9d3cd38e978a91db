"""The schema `past`: companies, what they have, and changes as they were as of a change.

The setting `ariesone.as_of` of a transaction has the change's id. Each view has the columns of a table, by whose name
it is found where `past` comes first on the search path.
"""

# ruff: noqa: S608 - the names in statements are this file's own

from collections.abc import Mapping
from dataclasses import dataclass

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = {
    # What became of one location or license.
    "changes_location": "changes (location_id, id) WHERE location_id IS NOT NULL",
    "changes_license": "changes (license_id, id) WHERE license_id IS NOT NULL",
    # Those of servers from before all that is written over was recorded: nobody can look back behind them.
    "changes_unversioned": "changes (id) WHERE version IS NULL",
}


@dataclass(frozen=True)
class View:
    """What a view is made of: a table, its columns, and how changes tell of its rows."""

    table: str
    # The column of changes that has a row's key, and that key.
    change_key: str
    key: str
    # The kinds of changes by which rows come, and the one by which they go.
    comes: tuple[str, ...]
    goes: str
    # The version of a change that is the row's, and the condition that the change `c` tells of the row itself.
    version: str
    is_own: str
    columns: tuple[str, ...]
    # Columns that are made of others.
    made_up: Mapping[str, str]


VIEWS = (
    View(
        "companies",
        "npi",
        "npi",
        ("COMPANY_CREATED",),
        "COMPANY_REMOVED",
        "version",
        "c.location_id IS NULL AND c.license_id IS NULL",
        (
            "name", "other_names", "further_names", "is_active", "is_active_pinned", "npi_status", "deactivated_on",
            "reactivated_on", "enumerated_on", "nppes_updated_on", "certified_on", "is_subpart", "parent_name",
            "taxonomies", "taxonomy_codes", "identifiers", "mailing_address", "phone", "fax", "website",
            "authorized_official", "tax_id_last4", "source", "created_at", "record_as_of", "status_as_of",
            "names_as_of", "locations_as_of",
        ),
        {
            "name_folded": 'fold(name) COLLATE "C"',
            "parent_name_folded": 'fold(parent_name) COLLATE "C"',
            "words": """words(
              npi || ' ' || name || ' ' || jsonb_path_query_array(other_names || further_names, '$[*].name')::text
            )""",
        },
    ),
    View(
        "locations",
        "location_id",
        "id",
        ("LOCATION_ADDED", "LOCATION_RESTORED"),
        "LOCATION_REMOVED",
        "part_version",
        "true",
        (
            "kind", "is_primary", "is_active", "name", "line1", "line2", "city", "state", "postal_code", "plus4",
            "country", "phone", "phone_extension", "fax", "email", "position", "position_precision", "time_zone",
            "source", "created_at",
        ),
        {
            "city_folded": 'fold(city) COLLATE "C"',
            "rank": "CASE WHEN is_primary THEN 0 ELSE 1 END::smallint",
        },
    ),
    View(
        "licenses",
        "license_id",
        "id",
        ("LICENSE_ADDED",),
        "LICENSE_REMOVED",
        "part_version",
        "true",
        ("kind", "name", "number", "state", "issuer", "issued_on", "expires_on", "source", "created_at"),
        {},
    ),
)  # fmt: skip

AS_OF = "current_setting('ariesone.as_of')::bigint"

# Known are the rows that are there now, and those that have gone since. Of what changed since, the old values are put
# back, and where a column changed several times, the earliest stands. A row that came since isn't there. What counts
# its changes is as the last one before left it; where that one isn't kept any more, as well as can be told.
ROWS = """
    CREATE VIEW past.{table} AS
    SELECT {keys}, {columns}, {made_up}version, updated_at FROM (
      SELECT {known_keys}, {was_columns},
        CASE WHEN later.first IS NULL THEN was.version
             ELSE coalesce(last.version, later.version - 1, was.version, 1) END AS version,
        CASE WHEN later.first IS NULL THEN was.updated_at
             ELSE coalesce(last.updated_at, was.created_at) END AS updated_at
      FROM (
        SELECT {keys}, present FROM {table} AS present
        UNION ALL
        SELECT {gone_keys}, NULL::{table} FROM (
          SELECT DISTINCT npi, location_id, license_id FROM changes WHERE kind = '{goes}' AND id > {as_of}
        ) AS gone
        WHERE NOT EXISTS (SELECT FROM {table} AS present WHERE present.{key} = gone.{change_key})
      ) AS known
      CROSS JOIN LATERAL (
        SELECT min(c.id) AS first, (array_agg(c.{version} ORDER BY c.id))[1] AS version,
          (array_agg(c.kind ORDER BY c.id) FILTER (WHERE c.kind = ANY ('{{{turns}}}')))[1] AS turn,
          jsonb_object_agg(each.key, each.value ORDER BY c.id DESC) FILTER (WHERE each.key IS NOT NULL) AS old
        FROM changes AS c LEFT JOIN LATERAL jsonb_each(CASE WHEN {is_own} THEN c.old END) AS each ON true
        WHERE c.{change_key} = known.{key} AND c.id > {as_of}
      ) AS later
      LEFT JOIN LATERAL (
        SELECT c.{version} AS version, c.updated_at FROM changes AS c
        WHERE c.{change_key} = known.{key} AND c.id <= {as_of} ORDER BY c.id DESC LIMIT 1
      ) AS last ON later.first IS NOT NULL
      CROSS JOIN LATERAL jsonb_populate_record(known.present, later.old) AS was
      WHERE later.turn IS NULL OR later.turn = '{goes}'
    ) AS found
"""
CHANGES = f"""
    CREATE VIEW past.changes AS
    SELECT id, npi, location_id, license_id, kind, fields, occurred_at, load_id, old, new, facets_before, facets_after,
      issuer, subject, version, part_version, updated_at
    FROM changes WHERE id <= {AS_OF}
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS past")
    for view in VIEWS:
        op.execute(f"DROP VIEW IF EXISTS past.{view.table}")
        op.execute(rows_of(view))
    op.execute("DROP VIEW IF EXISTS past.changes")
    op.execute(CHANGES)
    # Those who write changes go on meanwhile; what stands so far is committed, and all of it can be run again.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        for name, of in INDEXES.items():
            # One that was cut off leaves an index that isn't valid.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {of}")
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    op.execute("DROP SCHEMA past CASCADE")
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def rows_of(view: View) -> str:
    """The statement that makes a view."""
    keys = ("npi",) if view.key == "npi" else (view.key, "npi")
    return ROWS.format(
        table=view.table,
        key=view.key,
        change_key=view.change_key,
        keys=", ".join(keys),
        known_keys=", ".join(f"known.{name}" for name in keys),
        gone_keys=", ".join(f"gone.{view.change_key if name == view.key else name}" for name in keys),
        columns=", ".join(view.columns),
        was_columns=", ".join(f"was.{name}" for name in view.columns),
        made_up="".join(f"{expression} AS {name}, " for name, expression in view.made_up.items()),
        goes=view.goes,
        turns=",".join((*view.comes, view.goes)),
        version=view.version,
        is_own=view.is_own,
        as_of=AS_OF,
    )
