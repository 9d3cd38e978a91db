"""An index for companies by the day of their deactivation."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DROP_INDEX = "DROP INDEX CONCURRENTLY IF EXISTS companies_deactivated_on"
CREATE_INDEX = """
CREATE INDEX CONCURRENTLY companies_deactivated_on ON companies (deactivated_on, npi)
WHERE deactivated_on IS NOT NULL
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        # One that was cut off leaves an index that isn't valid.
        op.execute(DROP_INDEX)
        op.execute(CREATE_INDEX)
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(DROP_INDEX)
