"""The trace that a change was made in, and that a job was asked for in.

See decision 87.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# As migration 0011 has it, with a column more or without.
CHANGES = """
    CREATE OR REPLACE VIEW past.changes AS
    SELECT id, npi, location_id, license_id, kind, fields, occurred_at, load_id, old, new, facets_before, facets_after,
      issuer, subject, version, part_version, updated_at{more}
    FROM changes WHERE id <= current_setting('ariesone.as_of')::bigint
"""


def upgrade() -> None:
    op.execute("ALTER TABLE changes ADD COLUMN trace TEXT")
    op.execute("ALTER TABLE jobs ADD COLUMN trace TEXT")
    op.execute(CHANGES.format(more=", trace"))


def downgrade() -> None:
    op.execute("DROP VIEW past.changes")
    op.execute(CHANGES.format(more=""))
    op.execute("ALTER TABLE jobs DROP COLUMN trace")
    op.execute("ALTER TABLE changes DROP COLUMN trace")
