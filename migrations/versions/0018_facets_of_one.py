"""No function for the facets of one company: those of several in one call have taken its place (0013)."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# As 0008 has it.
DOWN = """
CREATE FUNCTION facets(number text) RETURNS text[] LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT facets FROM company_facets WHERE npi = number
$$
"""


def upgrade() -> None:
    op.execute("DROP FUNCTION facets(text)")


def downgrade() -> None:
    op.execute(DOWN)
