"""Places of the log of changes and since when it has come to them; up to the lowest it has been removed."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = (
    """
    CREATE TABLE change_marks (
      cursor BIGINT NOT NULL,
      reached_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
      CONSTRAINT change_marks_pkey PRIMARY KEY (cursor)
    )
    """,
    "INSERT INTO change_marks (cursor, reached_at) VALUES (0, '-infinity')",
)

DOWN = ("DROP TABLE change_marks",)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
