"""Watch lists: the companies that a partner wants to hear of, by their numbers or by a filter."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE watch_lists (
      id UUID NOT NULL,
      issuer TEXT COLLATE "C" NOT NULL,
      subject TEXT COLLATE "C" NOT NULL,
      name TEXT COLLATE "C" NOT NULL,
      filter JSONB,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      version INTEGER DEFAULT 1 NOT NULL,
      CONSTRAINT watch_lists_pkey PRIMARY KEY (id)
    )
    """,
    "CREATE UNIQUE INDEX watch_lists_owner ON watch_lists (issuer, subject, name)",
    """
    CREATE TABLE watch_list_members (
      list_id UUID NOT NULL,
      npi TEXT COLLATE "C" NOT NULL,
      CONSTRAINT watch_list_members_pkey PRIMARY KEY (list_id, npi),
      CONSTRAINT watch_list_members_list_id_fkey FOREIGN KEY (list_id) REFERENCES watch_lists (id) ON DELETE CASCADE
    )
    """,
)

DOWN = ("DROP TABLE watch_list_members, watch_lists",)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
