"""How far each delivery of the log to others has come, who works at it, and the events that were refused."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE deliveries (
      name TEXT COLLATE "C" NOT NULL,
      cursor BIGINT NOT NULL,
      delivered BIGINT DEFAULT 0 NOT NULL,
      unroutable BIGINT DEFAULT 0 NOT NULL,
      holder TEXT,
      held_until TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
      problem TEXT,
      CONSTRAINT deliveries_pkey PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE dead_letters (
      delivery TEXT COLLATE "C" NOT NULL,
      cursor BIGINT NOT NULL,
      event TEXT NOT NULL,
      reason TEXT NOT NULL,
      set_aside_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      CONSTRAINT dead_letters_pkey PRIMARY KEY (delivery, cursor)
    )
    """,
)

DOWN = ("DROP TABLE dead_letters", "DROP TABLE deliveries")


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
