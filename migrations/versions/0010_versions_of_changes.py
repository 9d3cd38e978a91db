"""Changes with the versions that they led to, and times in the order of the changes."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UP = (
    # Columns without a default, which only rows to come get: nothing is rewritten. Servers from before record their
    # changes without versions, which says that their values needn't be complete either.
    "ALTER TABLE changes ADD COLUMN version INTEGER, ADD COLUMN part_version INTEGER, ADD COLUMN updated_at TIMESTAMPTZ",
    # The transaction's beginning, which the rows that it writes have as well.
    "ALTER TABLE changes ALTER COLUMN updated_at SET DEFAULT now()",
    # now() would be from before the transaction waited for its turn.
    "ALTER TABLE changes ALTER COLUMN occurred_at SET DEFAULT clock_timestamp()",
)

DOWN = (
    "ALTER TABLE changes ALTER COLUMN occurred_at SET DEFAULT now()",
    "ALTER TABLE changes DROP COLUMN version, DROP COLUMN part_version, DROP COLUMN updated_at",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
