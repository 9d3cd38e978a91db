"""Which line of the newest full file each company was made from, so that the next one's needn't be parsed again.

A directory that is there has none noted: its next full file is read as before, and notes them. See decision 69.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

UP = """
    CREATE TABLE read_rows (
      npi TEXT COLLATE "C" NOT NULL,
      digest BIGINT NOT NULL,
      written_by XID DEFAULT (pg_current_xact_id())::xid NOT NULL,
      CONSTRAINT read_rows_pkey PRIMARY KEY (npi)
    )
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("DROP TABLE read_rows")
