"""Webhooks: where partners have what happens sent to, what waits to be sent again, and what was sent."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE webhooks (
      id UUID NOT NULL,
      issuer TEXT COLLATE "C" NOT NULL,
      subject TEXT COLLATE "C" NOT NULL,
      roles TEXT[] NOT NULL,
      companies TEXT[],
      url TEXT NOT NULL,
      topics TEXT[],
      document TEXT NOT NULL,
      operation_name TEXT,
      variables JSONB DEFAULT '{}' NOT NULL,
      watch_list_id UUID,
      description TEXT,
      secret BYTEA NOT NULL,
      old_secret BYTEA,
      old_secret_until TIMESTAMP WITH TIME ZONE,
      is_enabled BOOLEAN DEFAULT true NOT NULL,
      disabled_reason TEXT,
      disabled_at TIMESTAMP WITH TIME ZONE,
      cursor BIGINT NOT NULL,
      holder TEXT,
      held_until TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
      failures INTEGER DEFAULT 0 NOT NULL,
      delivered_at TIMESTAMP WITH TIME ZONE,
      next_attempt_at TIMESTAMP WITH TIME ZONE,
      problem TEXT,
      version INTEGER DEFAULT 1 NOT NULL,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      CONSTRAINT webhooks_pkey PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX webhooks_owner ON webhooks (issuer, subject, created_at, id)",
    """
    CREATE TABLE webhook_waiting (
      webhook_id UUID NOT NULL,
      cursor BIGINT NOT NULL,
      npi TEXT COLLATE "C" NOT NULL,
      attempts INTEGER DEFAULT 0 NOT NULL,
      next_attempt_at TIMESTAMP WITH TIME ZONE,
      CONSTRAINT webhook_waiting_pkey PRIMARY KEY (webhook_id, cursor),
      CONSTRAINT webhook_waiting_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX webhook_waiting_company ON webhook_waiting (webhook_id, npi, cursor)",
    """
    CREATE INDEX webhook_waiting_due ON webhook_waiting (next_attempt_at, webhook_id)
    WHERE next_attempt_at IS NOT NULL
    """,
    """
    CREATE TABLE webhook_deliveries (
      id BIGINT GENERATED ALWAYS AS IDENTITY,
      webhook_id UUID NOT NULL,
      cursor BIGINT NOT NULL,
      message_id TEXT NOT NULL,
      type TEXT NOT NULL,
      npi TEXT COLLATE "C",
      attempt INTEGER NOT NULL,
      status INTEGER,
      outcome TEXT NOT NULL,
      duration_ms INTEGER NOT NULL,
      attempted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
      CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id)
        REFERENCES webhooks (id) ON DELETE CASCADE,
      CONSTRAINT webhook_deliveries_outcome_check CHECK (outcome IN ('DELIVERED', 'FAILED', 'GIVEN_UP', 'TEST'))
    )
    """,
    "CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id)",
    "CREATE INDEX webhook_deliveries_attempted_at ON webhook_deliveries (attempted_at)",
)

DOWN = ("DROP TABLE webhook_deliveries, webhook_waiting, webhooks",)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
