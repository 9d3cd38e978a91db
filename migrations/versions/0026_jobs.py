"""Jobs: what is done for somebody in the background, who works at it, and the file that comes of it."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE jobs (
      id UUID NOT NULL,
      issuer TEXT COLLATE "C" NOT NULL,
      subject TEXT COLLATE "C" NOT NULL,
      roles TEXT[] NOT NULL,
      companies TEXT[] NOT NULL,
      kind TEXT COLLATE "C" NOT NULL,
      arguments JSONB NOT NULL,
      state TEXT COLLATE "C" DEFAULT 'QUEUED' NOT NULL,
      done BIGINT DEFAULT 0 NOT NULL,
      total BIGINT,
      error_code TEXT,
      error_message TEXT,
      holder TEXT,
      held_until TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
      attempts INTEGER DEFAULT 0 NOT NULL,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      started_at TIMESTAMP WITH TIME ZONE,
      finished_at TIMESTAMP WITH TIME ZONE,
      file TEXT,
      key BYTEA NOT NULL,
      rows BIGINT,
      bytes BIGINT,
      sha256 TEXT,
      cursor BIGINT,
      CONSTRAINT jobs_pkey PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX jobs_owner ON jobs (issuer, subject, created_at, id)",
    "CREATE INDEX jobs_unfinished ON jobs (created_at) WHERE finished_at IS NULL",
    "CREATE INDEX jobs_finished_at ON jobs (finished_at)",
)

DOWN = ("DROP TABLE jobs",)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
