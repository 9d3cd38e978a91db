"""Indexes of a state's locations by city and by ZIP, made beside whoever reads and writes."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INDEXES = {
    "locations_state_city": "(coalesce(state, ''), coalesce(city_folded, ''), id)",
    "locations_state_postal_code": "(coalesce(state, ''), coalesce(postal_code, ''), id)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        for name, of in INDEXES.items():
            # One that was cut off leaves an index that isn't valid.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON locations {of}")
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
