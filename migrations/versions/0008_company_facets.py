"""Facets said once: a view, which loads read for many companies at a time, and the function for one of them."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The states of foreign addresses are written in many ways, as in filters.
UP = (
    """
    CREATE VIEW company_facets AS
    SELECT c.npi,
      ARRAY['status=' || c.npi_status, CASE WHEN c.is_active THEN 'active' ELSE 'inactive' END]
      || ARRAY(SELECT 'taxonomy=' || code FROM unnest(c.taxonomy_codes) AS code)
      || ARRAY(SELECT 'word=' || word FROM unnest(tsvector_to_array(c.words)) AS word WHERE word <> c.npi)
      || CASE WHEN c.parent_name_folded IS NULL THEN '{}' ELSE ARRAY['parent=' || c.parent_name_folded] END
      || ARRAY(
        SELECT DISTINCT facet COLLATE "C" FROM locations l, unnest(ARRAY[
          'kind=' || l.kind, 'city=' || l.city_folded, 'zip=' || l.postal_code,
          'state=' || CASE WHEN l.country = 'US' THEN l.state ELSE fold(l.state) END
        ]) AS facet
        WHERE l.npi = c.npi AND facet IS NOT NULL ORDER BY 1
      ) AS facets
    FROM companies c
    """,
    # It is volatile to see what is there when it is called: a statement that waits for a company's lock is from
    # before the change that it waited for.
    """
    CREATE OR REPLACE FUNCTION facets(number text) RETURNS text[] LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
      SELECT facets FROM company_facets WHERE npi = number
    $$
    """,
)

DOWN = (
    r"""
    CREATE OR REPLACE FUNCTION facets(number text) RETURNS text[] LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
      SELECT array_agg(facet ORDER BY facet COLLATE "C") FROM (
        SELECT unnest(
          ARRAY['status=' || c.npi_status, CASE WHEN c.is_active THEN 'active' ELSE 'inactive' END]
          || ARRAY(SELECT 'taxonomy=' || code FROM unnest(c.taxonomy_codes) AS code)
          || ARRAY(SELECT 'word=' || word FROM unnest(tsvector_to_array(c.words)) AS word WHERE word <> c.npi)
          || CASE WHEN c.parent_name_folded IS NULL THEN '{}' ELSE ARRAY['parent=' || c.parent_name_folded] END
        ) FROM companies c WHERE c.npi = number
        UNION
        SELECT unnest(
          CASE WHEN l.state IS NULL THEN '{}' ELSE ARRAY['state=' || l.state] END
          || CASE WHEN l.city_folded IS NULL THEN '{}' ELSE ARRAY['city=' || l.city_folded] END
          || CASE WHEN l.postal_code IS NULL THEN '{}' ELSE ARRAY['zip=' || l.postal_code] END
        ) FROM locations l WHERE l.npi = number
      ) AS found (facet)
    $$
    """,
    "DROP VIEW company_facets",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
