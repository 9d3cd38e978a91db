"""Uploads: files that somebody sends, for the jobs that take them."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE uploads (
      id UUID NOT NULL,
      issuer TEXT COLLATE "C" NOT NULL,
      subject TEXT COLLATE "C" NOT NULL,
      key BYTEA NOT NULL,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      taken_at TIMESTAMP WITH TIME ZONE,
      file TEXT,
      bytes BIGINT,
      sha256 TEXT,
      CONSTRAINT uploads_pkey PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX uploads_owner ON uploads (issuer, subject, created_at, id)",
)

DOWN = ("DROP TABLE uploads",)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
