"""What a job that writes rows has done so far, how many rows failed, and the token that a job was started with.

See decision 78.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

UP = (
    'ALTER TABLE jobs ADD COLUMN jti TEXT COLLATE "C", ADD COLUMN failed BIGINT',
    """
    CREATE TABLE job_parts (
      job_id UUID NOT NULL,
      number INTEGER NOT NULL,
      rows BIGINT NOT NULL,
      failed BIGINT NOT NULL,
      content BYTEA NOT NULL,
      CONSTRAINT job_parts_pkey PRIMARY KEY (job_id, number),
      CONSTRAINT job_parts_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE job_parts")
    op.execute("ALTER TABLE jobs DROP COLUMN jti, DROP COLUMN failed")
