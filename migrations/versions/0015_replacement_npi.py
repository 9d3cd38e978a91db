"""The number that NPPES names in place of another, of companies and of numbers that were only seen deactivated."""

from dataclasses import replace
from pathlib import Path

from alembic import op
from alembic.script import ScriptDirectory

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COLUMN = 'replacement_npi TEXT COLLATE "C"'


def upgrade() -> None:
    for table in ("companies", "deactivations"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {COLUMN}")
    make_view("replacement_npi")


def downgrade() -> None:
    make_view()
    for table in ("companies", "deactivations"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN replacement_npi")


def make_view(*more: str) -> None:
    """Make the view of what companies were, as the migration that first made it does, with more columns."""
    first = ScriptDirectory(str(Path(__file__).parents[1])).get_revision("0011").module
    [view] = (each for each in first.VIEWS if each.table == "companies")
    op.execute("DROP VIEW past.companies")
    op.execute(first.rows_of(replace(view, columns=(*view.columns, *more))))
