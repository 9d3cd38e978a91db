"""What the NUCC's taxonomy codes stand for, from a file that somebody brings."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KINDS = "'COMPANIES', 'LOCATIONS', 'NAMES', 'ZIPS', 'DEACTIVATIONS'"

TABLE = """
    CREATE TABLE taxonomies (
      code TEXT COLLATE "C" NOT NULL,
      "grouping" TEXT NOT NULL,
      classification TEXT NOT NULL,
      specialization TEXT,
      name TEXT NOT NULL,
      definition TEXT,
      notes TEXT,
      section TEXT,
      words TSVECTOR GENERATED ALWAYS AS (
        words(code || ' ' || "grouping" || ' ' || classification || ' ' || coalesce(specialization, '') || ' ' || name)
      ) STORED,
      CONSTRAINT taxonomies_pkey PRIMARY KEY (code)
    )
"""
ALLOW = "ALTER TABLE loads ADD CONSTRAINT loads_file_kind_check CHECK (file_kind IN ({kinds}))"
FORBID = "ALTER TABLE loads DROP CONSTRAINT loads_file_kind_check"


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(FORBID)
    op.execute(ALLOW.format(kinds=f"{KINDS}, 'TAXONOMIES'"))


def downgrade() -> None:
    op.execute("DROP TABLE taxonomies")
    op.execute(FORBID)
    op.execute("DELETE FROM loads WHERE file_kind = 'TAXONOMIES'")
    op.execute(ALLOW.format(kinds=KINDS))
