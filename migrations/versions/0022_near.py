"""Near: listings tell the parts of the earth where companies are, and what nearness is told by is in one index.

Companies that were there before are listed again in batches, then the index is made beside whoever writes; each
statement stands alone, and the whole can be run again from any point. See decision 64.
"""

from alembic import op
from sqlalchemy import text

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None

BATCH = 2_000

# One expression, so that PostgreSQL puts it in place of the call. What isn't on the earth is put at its edge.
CELL = """
    CREATE OR REPLACE FUNCTION cell(place point) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN place IS NOT NULL THEN translate('15263748', '12345678',
        lpad(floor(least(1800, greatest(0, (place[1] + 90) * 10)))::int::text, 4, '0')
        || lpad(floor(least(3600, greatest(0, (place[0] + 180) * 10)))::int::text, 4, '0')
      ) END
    $$
"""
# A little larger than the circle, so that no place is lost to rounding.
BOX_ROUND = """
    CREATE OR REPLACE FUNCTION box_round(place point, km float8) RETURNS box LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN place[0] - wide < -180 OR place[0] + wide > 180
        THEN box(point(-180, place[1] - tall), point(180, place[1] + tall))
        ELSE box(point(place[0] - wide, place[1] - tall), point(place[0] + wide, place[1] + tall)) END
      FROM (SELECT km / (6371.0088 * pi() / 180) * (1 + 1e-9) + 1e-9 AS tall) AS a,
        LATERAL (SELECT abs(place[1]) + tall AS farthest) AS b,
        LATERAL (SELECT CASE WHEN farthest < 90 THEN tall / cos(radians(farthest)) ELSE 360 END AS wide) AS c
    $$
"""
# As 0017 has it, and the cells.
LISTED = """
    CREATE OR REPLACE VIEW listed AS
    SELECT c.npi, c.name_folded, c.enumerated_on, c.nppes_updated_on, c.deactivated_on, array_to_tsvector(
      ARRAY['status=' || c.npi_status, CASE WHEN c.is_active THEN 'active' ELSE 'inactive' END]
      || string_to_array('word=' || array_to_string(tsvector_to_array(c.words), ' word='), ' ')
      || ARRAY(
        SELECT facet FROM unnest(c.taxonomy_codes) AS code,
          unnest(ARRAY['taxonomy=' || code, 'trade=' || left(code, 4)]) AS facet
      )
      || CASE WHEN octet_length(c.parent_name_folded) <= 1000 THEN ARRAY['parent=' || c.parent_name_folded] ELSE '{{}}' END
      || ARRAY(
        SELECT facet FROM locations l
        CROSS JOIN LATERAL (SELECT CASE WHEN l.country = 'US' THEN l.state ELSE fold(l.state) END AS state) AS s
        CROSS JOIN LATERAL unnest(ARRAY[
          'kind=' || l.kind, 'state=' || s.state, 'city=' || l.city_folded, 'zip=' || l.postal_code,{cell}
          CASE WHEN l.is_primary THEN 'home.state=' || s.state END,
          CASE WHEN l.is_primary THEN 'home.city=' || l.city_folded END,
          CASE WHEN l.is_primary THEN 'home.zip=' || l.postal_code END
        ]) AS facet
        WHERE l.npi = c.npi AND octet_length(facet) <= 1010
      )
    ) AS facets
    FROM companies c
"""
WITH_CELL = " 'cell=' || cell(l.position),"
# As 0017 has it, where the cells may have moved.
LIST_WRITTEN = """
    CREATE OR REPLACE FUNCTION list_written() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF current_setting('ariesone.lists_later', true) = 'on' THEN
        RETURN NULL;
      END IF;
      IF TG_OP = 'INSERT' THEN
        PERFORM list_companies(ARRAY(SELECT DISTINCT npi FROM new_rows));
      ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'companies' THEN
        DELETE FROM listings WHERE npi IN (SELECT npi FROM old_rows);
      ELSIF TG_OP = 'DELETE' THEN
        PERFORM list_companies(ARRAY(SELECT DISTINCT npi FROM old_rows));
      ELSIF TG_TABLE_NAME = 'companies' THEN
        PERFORM list_companies(moved) FROM (SELECT ARRAY(
          SELECT n.npi FROM new_rows n JOIN old_rows o USING (npi)
          WHERE (n.npi_status, n.is_active, n.words, n.taxonomy_codes, n.parent_name_folded, n.name_folded,
              n.enumerated_on, n.nppes_updated_on, n.deactivated_on)
            IS DISTINCT FROM (o.npi_status, o.is_active, o.words, o.taxonomy_codes, o.parent_name_folded, o.name_folded,
              o.enumerated_on, o.nppes_updated_on, o.deactivated_on)
        ) AS moved) AS found WHERE moved <> '{{}}';
      ELSE
        PERFORM list_companies(moved) FROM (SELECT ARRAY(
          SELECT DISTINCT n.npi FROM new_rows n JOIN old_rows o USING (id)
          WHERE (n.kind, n.country, n.state, n.city_folded, n.postal_code, n.is_primary{new_cell})
            IS DISTINCT FROM (o.kind, o.country, o.state, o.city_folded, o.postal_code, o.is_primary{old_cell})
        ) AS moved) AS found WHERE moved <> '{{}}';
      END IF;
      RETURN NULL;
    END
    $$
"""

# Whoever lists one of these meanwhile is waited for, and what he left is read: nothing older is put in its place.
LIST_AFTER = """
    CREATE OR REPLACE FUNCTION list_after(start text, size int) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      numbers text[];
    BEGIN
      numbers := ARRAY(SELECT npi FROM listings WHERE npi > start ORDER BY npi LIMIT size FOR UPDATE);
      PERFORM list_companies(numbers);
      RETURN numbers[cardinality(numbers)];
    END
    $$
"""


def upgrade() -> None:
    for function in (CELL, BOX_ROUND):
        op.get_bind().exec_driver_sql(function)
    tell_listings(WITH_CELL, ", cell(n.position)", ", cell(o.position)")
    index("locations_near", "gist (position) INCLUDE (id, npi)", instead_of="locations_position")


def downgrade() -> None:
    index("locations_position", "gist (position)", instead_of="locations_near")
    tell_listings("", "", "")
    op.execute("DROP FUNCTION cell(point), box_round(point, float8)")


def tell_listings(cell: str, new_cell: str, old_cell: str) -> None:
    """Say what listings hold from now on, then list the companies that were there before, batch by batch."""
    op.get_bind().exec_driver_sql(LISTED.format(cell=cell))
    op.get_bind().exec_driver_sql(LIST_WRITTEN.format(new_cell=new_cell, old_cell=old_cell))
    op.execute(LIST_AFTER)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        after: str | None = ""
        while after is not None:
            after = op.get_bind().scalar(text("SELECT list_after(:after, :size)"), {"after": after, "size": BATCH})
        op.execute("SET lock_timeout = '5s'")
    op.execute("DROP FUNCTION list_after(text, int)")


def index(name: str, of: str, instead_of: str) -> None:
    """Make an index beside whoever writes, then drop the one whose place it takes."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY {name} ON locations USING {of}")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {instead_of}")
        op.execute("SET lock_timeout = '5s'")
