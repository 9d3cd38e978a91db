"""Who used which part of the schema, by day, and on which days that was counted.

See decision 86.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE field_usage (
      day DATE NOT NULL,
      kind TEXT COLLATE "C" NOT NULL,
      client TEXT COLLATE "C" NOT NULL,
      version TEXT COLLATE "C" NOT NULL,
      coordinate TEXT COLLATE "C" NOT NULL,
      uses BIGINT NOT NULL,
      last_used_at TIMESTAMP WITH TIME ZONE NOT NULL,
      CONSTRAINT field_usage_pkey PRIMARY KEY (day, kind, client, version, coordinate),
      CONSTRAINT field_usage_kind_check CHECK (kind IN ('NAMED', 'CLAIMED', 'VIEWER', 'ANONYMOUS'))
    )
    """,
    """
    CREATE TABLE field_usage_days (
      day DATE NOT NULL,
      is_whole BOOLEAN NOT NULL,
      CONSTRAINT field_usage_days_pkey PRIMARY KEY (day)
    )
    """,
)

DOWN = ("DROP TABLE field_usage_days", "DROP TABLE field_usage")


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
