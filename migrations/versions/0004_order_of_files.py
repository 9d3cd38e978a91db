"""Which file said last what of a company, and rows whose company isn't there yet."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = ("COMPANIES", "LOCATIONS", "NAMES", "ZIPS")

# A column without a default is added without a rewrite. NULL is the newest full file; what a newer weekly file
# changed before this migration is known from the changes that it recorded.
STAMPS = """
    UPDATE companies c SET {stamps} FROM (
      SELECT h.npi, max(l.period_end) AS as_of FROM changes h JOIN loads l ON l.id = h.load_id
      WHERE l.source = 'NPPES' AND l.file_kind = '{kind}' AND NOT l.is_full
        AND l.period_end > (SELECT coalesce(max(f.period_end), '-infinity') FROM loads f
                            WHERE f.source = 'NPPES' AND f.file_kind = '{kind}' AND f.is_full)
      GROUP BY h.npi
    ) s WHERE s.npi = c.npi
"""

UP = (
    """
    ALTER TABLE companies
      ADD COLUMN record_as_of DATE,
      ADD COLUMN status_as_of DATE,
      ADD COLUMN names_as_of DATE,
      ADD COLUMN locations_as_of DATE
    """,
    "ALTER TABLE deactivations ADD COLUMN as_of DATE, ALTER COLUMN deactivated_on DROP NOT NULL",
    "ALTER TABLE loads ADD COLUMN bytes BIGINT",
    """
    CREATE TABLE parked_locations (
      npi TEXT COLLATE "C" NOT NULL,
      id UUID NOT NULL,
      line1 TEXT,
      line2 TEXT,
      city TEXT,
      state TEXT COLLATE "C",
      postal_code TEXT COLLATE "C",
      plus4 TEXT,
      country TEXT NOT NULL,
      phone TEXT,
      phone_extension TEXT,
      fax TEXT,
      as_of DATE,
      CONSTRAINT parked_locations_pkey PRIMARY KEY (npi, id)
    )
    """,
    """
    CREATE TABLE parked_names (
      npi TEXT COLLATE "C" NOT NULL,
      names JSONB NOT NULL,
      as_of DATE,
      CONSTRAINT parked_names_pkey PRIMARY KEY (npi)
    )
    """,
    STAMPS.format(kind="COMPANIES", stamps="record_as_of = s.as_of, status_as_of = s.as_of"),
    STAMPS.format(kind="NAMES", stamps="names_as_of = s.as_of"),
    STAMPS.format(kind="LOCATIONS", stamps="locations_as_of = s.as_of"),
)

DOWN = (
    "DROP TABLE parked_locations, parked_names",
    "DELETE FROM loads WHERE file_kind = 'DEACTIVATIONS' AND NOT EXISTS (SELECT FROM changes WHERE load_id = loads.id)",
    "UPDATE loads SET file_kind = 'COMPANIES' WHERE file_kind = 'DEACTIVATIONS'",
    "ALTER TABLE loads DROP COLUMN bytes",
    "DELETE FROM deactivations WHERE deactivated_on IS NULL",
    "ALTER TABLE deactivations DROP COLUMN as_of, ALTER COLUMN deactivated_on SET NOT NULL",
    """
    ALTER TABLE companies
      DROP COLUMN record_as_of, DROP COLUMN status_as_of, DROP COLUMN names_as_of, DROP COLUMN locations_as_of
    """,
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    _take_kinds((*KINDS, "DEACTIVATIONS"))


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
    _take_kinds(KINDS)


def _take_kinds(kinds: tuple[str, ...]) -> None:
    """Have `loads` take these kinds of files."""
    op.execute("ALTER TABLE loads DROP CONSTRAINT loads_file_kind_check")
    op.execute(
        f"ALTER TABLE loads ADD CONSTRAINT loads_file_kind_check CHECK (file_kind IN ({', '.join(map(repr, kinds))}))"
    )
