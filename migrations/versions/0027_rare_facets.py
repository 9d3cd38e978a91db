"""Listings tell in which months licenses expire, of places not in use, and of primary places that are unusual.

Few companies have any of it: those are listed again in batches, beside whoever writes; each batch stands alone, and
the whole can be run again from any point. See decision 68.
"""

from alembic import op
from sqlalchemy import text

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BATCH = 2_000

# As 0022 has it, and what is new.
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
          'kind=' || l.kind, 'state=' || s.state, 'city=' || l.city_folded, 'zip=' || l.postal_code,
          'cell=' || cell(l.position),{of_places}
          CASE WHEN l.is_primary THEN 'home.state=' || s.state END,
          CASE WHEN l.is_primary THEN 'home.city=' || l.city_folded END,
          CASE WHEN l.is_primary THEN 'home.zip=' || l.postal_code END
        ]) AS facet
        WHERE l.npi = c.npi AND octet_length(facet) <= 1010
      ){of_licenses}
    ) AS facets
    FROM companies c
"""
OF_PLACES = """
          CASE WHEN NOT l.is_active THEN 'idle' END,
          CASE WHEN l.is_primary <> (l.kind = 'PRIMARY_PRACTICE') THEN 'displaced' END,"""
OF_LICENSES = """
      || ARRAY(SELECT 'expires=' || to_char(expires_on, 'YYYY-MM') FROM licenses WHERE npi = c.npi)"""
# As 0022 has it, where a place may be in use no longer, and licenses expire later.
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
        ) AS moved) AS found WHERE moved <> '{{}}';{of_licenses}
      ELSE
        PERFORM list_companies(moved) FROM (SELECT ARRAY(
          SELECT DISTINCT n.npi FROM new_rows n JOIN old_rows o USING (id)
          WHERE (n.kind, n.country, n.state, n.city_folded, n.postal_code, n.is_primary, cell(n.position){new})
            IS DISTINCT FROM (o.kind, o.country, o.state, o.city_folded, o.postal_code, o.is_primary, cell(o.position){old})
        ) AS moved) AS found WHERE moved <> '{{}}';
      END IF;
      RETURN NULL;
    END
    $$
"""
LATER = """
      ELSIF TG_TABLE_NAME = 'licenses' THEN
        PERFORM list_companies(moved) FROM (SELECT ARRAY(
          SELECT DISTINCT n.npi FROM new_rows n JOIN old_rows o USING (id) WHERE n.expires_on <> o.expires_on
        ) AS moved) AS found WHERE moved <> '{}';"""
ROWS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
}
TRIGGER = """
    CREATE OR REPLACE TRIGGER licenses_{name}_listed AFTER {event} ON licenses {rows}
    FOR EACH STATEMENT EXECUTE FUNCTION list_written()
"""

# The companies that have any of it; whoever writes what would be listed by the function of before is waited for.
WAIT = "LOCK TABLE locations, licenses IN SHARE ROW EXCLUSIVE MODE"
RARE = """
    CREATE TEMP TABLE rare ON COMMIT PRESERVE ROWS AS
    SELECT npi FROM locations WHERE NOT is_active OR is_primary <> (kind = 'PRIMARY_PRACTICE')
    UNION SELECT npi FROM licenses ORDER BY npi
"""
NEXT = "SELECT array_agg(npi) FROM (SELECT npi FROM rare WHERE npi > :after ORDER BY npi LIMIT :size) AS next"
# Whoever lists one of these meanwhile is waited for, and what he left is read: nothing older is put in its place.
LIST_AGAIN = """
    CREATE OR REPLACE FUNCTION list_again(numbers text[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM FROM listings WHERE npi = ANY (numbers) ORDER BY npi FOR UPDATE;
      PERFORM list_companies(numbers);
    END
    $$
"""


def upgrade() -> None:
    tell_listings(OF_PLACES, OF_LICENSES)
    op.get_bind().exec_driver_sql(LIST_WRITTEN.format(of_licenses=LATER, new=", n.is_active", old=", o.is_active"))
    for event, rows in ROWS.items():
        op.execute(TRIGGER.format(name=event.lower(), event=event, rows=rows))
    op.execute(WAIT)
    list_rare()


def downgrade() -> None:
    for event in ROWS:
        op.execute(f"DROP TRIGGER licenses_{event.lower()}_listed ON licenses")
    tell_listings("", "")
    op.get_bind().exec_driver_sql(LIST_WRITTEN.format(of_licenses="", new="", old=""))
    op.execute(WAIT)
    list_rare()


def tell_listings(of_places: str, of_licenses: str) -> None:
    """Say what listings hold from now on."""
    op.get_bind().exec_driver_sql(LISTED.format(of_places=of_places, of_licenses=of_licenses))


def list_rare() -> None:
    """List the companies again that have what is rare, batch by batch."""
    op.execute(LIST_AGAIN)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("DROP TABLE IF EXISTS pg_temp.rare")
        op.execute(RARE)
        after = ""
        while numbers := op.get_bind().scalar(text(NEXT), {"after": after, "size": BATCH}):
            op.get_bind().execute(text("SELECT list_again(:numbers)"), {"numbers": numbers})
            after = numbers[-1]
        op.execute("DROP TABLE rare")
        op.execute("SET lock_timeout = '5s'")
    op.execute("DROP FUNCTION list_again(text[])")
