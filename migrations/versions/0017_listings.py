"""Listings: what each company is found by as one tsvector, kept by triggers on companies and locations.

Triggers come first, then the companies that were there before, in batches, then the index; each statement stands
alone, and the whole can be run again from any point. See decision 56.
"""

from collections.abc import Mapping

from alembic import op
from sqlalchemy import text

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BATCH = 2_000

# A lexeme has 2,046 bytes at most, and nothing refuses a longer one: PostgreSQL keeps its length modulo 2,048, which may
# end inside a character. With `word=` before it 2,041 are left; 510 characters have no more than 2,040. What it was
# before says the same of words that fit, so that nothing is put back.
WORDS = r"""
CREATE OR REPLACE FUNCTION words(value text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  found text := value;
  folded text[];
BEGIN
  IF strpos(value, '\') > 0 THEN
    found := {schema}.with_plain_names(value);
  END IF;
  found := btrim(regexp_replace({schema}.fold(found), '[\x01-\x2f\x3a-\x60\x7b-\x7f]+', ' ', 'g'));
  IF found ~ '(^| )[0-9a-z] [0-9a-z]( |$)' THEN
    found := {schema}.with_initials(found);
  END IF;
  folded := string_to_array(found, ' ');
  IF octet_length(found) > 2041 THEN
    folded := ARRAY(
      SELECT CASE WHEN octet_length(word) > 2041 THEN left(word, 510) ELSE word END FROM unnest(folded) AS word
    );
  END IF;
  RETURN array_to_tsvector(folded);
END
$$
"""
# Nothing references companies by a key, so that they can be emptied as before.
TABLE = """
    CREATE TABLE IF NOT EXISTS listings (
      npi TEXT COLLATE "C" NOT NULL CONSTRAINT listings_pkey PRIMARY KEY,
      name_folded TEXT COLLATE "C" NOT NULL,
      enumerated_on DATE,
      nppes_updated_on DATE,
      deactivated_on DATE,
      facets TSVECTOR NOT NULL
    )
"""
# What listings must hold. The states of foreign addresses are written in many ways, as in filters. Whoever
# looks for something longer than `db/facets.py` allows looks at the rows themselves.
LISTED = """
    CREATE OR REPLACE VIEW listed AS
    SELECT c.npi, c.name_folded, c.enumerated_on, c.nppes_updated_on, c.deactivated_on, array_to_tsvector(
      ARRAY['status=' || c.npi_status, CASE WHEN c.is_active THEN 'active' ELSE 'inactive' END]
      || string_to_array('word=' || array_to_string(tsvector_to_array(c.words), ' word='), ' ')
      || ARRAY(
        SELECT facet FROM unnest(c.taxonomy_codes) AS code,
          unnest(ARRAY['taxonomy=' || code, 'trade=' || left(code, 4)]) AS facet
      )
      || CASE WHEN octet_length(c.parent_name_folded) <= 1000 THEN ARRAY['parent=' || c.parent_name_folded] ELSE '{}' END
      || ARRAY(
        SELECT facet FROM locations l
        CROSS JOIN LATERAL (SELECT CASE WHEN l.country = 'US' THEN l.state ELSE fold(l.state) END AS state) AS s
        CROSS JOIN LATERAL unnest(ARRAY[
          'kind=' || l.kind, 'state=' || s.state, 'city=' || l.city_folded, 'zip=' || l.postal_code,
          CASE WHEN l.is_primary THEN 'home.state=' || s.state END,
          CASE WHEN l.is_primary THEN 'home.city=' || l.city_folded END,
          CASE WHEN l.is_primary THEN 'home.zip=' || l.postal_code END
        ]) AS facet
        WHERE l.npi = c.npi AND octet_length(facet) <= 1010
      )
    ) AS facets
    FROM companies c
"""
# They are volatile: whoever waited for a company's lock sees what the one before left.
FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION list_companies(numbers text[]) RETURNS void LANGUAGE sql VOLATILE AS $$
      INSERT INTO listings SELECT * FROM listed WHERE npi = ANY (numbers) ORDER BY npi
      ON CONFLICT (npi) DO UPDATE SET name_folded = excluded.name_folded, enumerated_on = excluded.enumerated_on,
        nppes_updated_on = excluded.nppes_updated_on, deactivated_on = excluded.deactivated_on, facets = excluded.facets
      WHERE listings IS DISTINCT FROM excluded
    $$
    """,
    # A load lists what it has changed itself, once, at its end.
    """
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
        ) AS moved) AS found WHERE moved <> '{}';
      ELSE
        PERFORM list_companies(moved) FROM (SELECT ARRAY(
          SELECT DISTINCT n.npi FROM new_rows n JOIN old_rows o USING (id)
          WHERE (n.kind, n.country, n.state, n.city_folded, n.postal_code, n.is_primary)
            IS DISTINCT FROM (o.kind, o.country, o.state, o.city_folded, o.postal_code, o.is_primary)
        ) AS moved) AS found WHERE moved <> '{}';
      END IF;
      RETURN NULL;
    END
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION list_nobody() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      TRUNCATE listings;
      RETURN NULL;
    END
    $$
    """,
)
# In the order in which edits and loads come to them.
TABLES = ("companies", "locations")
ROWS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
}
TRIGGER = """
    CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table} {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()
"""

# A company that is being removed is waited for; an edit that came before has listed its own.
FILL = """
    WITH next AS MATERIALIZED (
      SELECT npi FROM companies WHERE npi > :after ORDER BY npi LIMIT :batch FOR KEY SHARE
    ), filled AS (
      INSERT INTO listings
      SELECT * FROM listed WHERE npi IN (SELECT npi FROM next) ON CONFLICT DO NOTHING
    )
    SELECT max(npi) FROM next
"""

INDEXES = {
    "listings_facets": "listings USING gin (facets)",
    "listings_name": "listings (name_folded, npi)",
    "listings_name_trigrams": "listings USING gin (trigrams(name_folded))",
    "listings_enumerated_on": "listings (coalesce(enumerated_on, '-infinity'::date), npi)",
    "listings_nppes_updated_on": "listings (coalesce(nppes_updated_on, '-infinity'::date), npi)",
    "listings_deactivated_on": "listings (deactivated_on, npi) WHERE deactivated_on IS NOT NULL",
}
# What a listing says better. Servers from before search by them until they are replaced, so that a later release
# drops them; where there is no company nobody searches, and the first release is loaded without them.
OLD_INDEXES = {
    "companies_words": "companies USING gin (words)",
    "companies_taxonomies": "companies USING gin (array_to_tsvector(taxonomy_codes))",
    "companies_deactivated_on": "companies (deactivated_on, npi) WHERE deactivated_on IS NOT NULL",
    "companies_name_trigrams": "companies USING gin (trigrams(name_folded))",
    "companies_active_name": "companies (name_folded, npi) WHERE is_active",
    "companies_inactive_name": "companies (name_folded, npi) WHERE NOT is_active",
    "companies_npi_status_name": "companies (npi_status, name_folded, npi)",
}

# What is told of a company is what it is found by, but for its number, which each change has by itself.
COMPANY_FACETS = """
    CREATE VIEW company_facets AS
    SELECT npi, array_remove(tsvector_to_array(facets), 'word=' || npi) AS facets FROM listings
"""
OLD_COMPANY_FACETS = """
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
"""


def upgrade() -> None:
    schema = op.get_bind().scalar(text("SELECT quote_ident(current_schema())"))
    for statement in (WORDS.replace("{schema}", schema), TABLE, LISTED, *FUNCTIONS):
        op.get_bind().exec_driver_sql(statement)
    for table in TABLES:
        for event, rows in ROWS.items():
            name = f"{table}_{event.lower()}_listed"
            op.execute(TRIGGER.format(name=name, event=event, table=table, rows=rows, function="list_written"))
    op.execute(
        TRIGGER.format(
            name="companies_truncate_listed", event="TRUNCATE", table="companies", rows="", function="list_nobody"
        )
    )
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        fill()
        make(INDEXES)
        op.execute("ANALYZE listings")
        op.execute("SET lock_timeout = '5s'")
    op.execute("DROP VIEW IF EXISTS company_facets")
    op.execute(COMPANY_FACETS)
    if op.get_bind().scalar(text("SELECT NOT EXISTS (SELECT FROM companies)")):
        for name in OLD_INDEXES:
            op.execute(f"DROP INDEX IF EXISTS {name}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        make(OLD_INDEXES)
        op.execute("SET lock_timeout = '5s'")
    for table in TABLES:
        for event in ROWS:
            op.execute(f"DROP TRIGGER {table}_{event.lower()}_listed ON {table}")
    op.execute("DROP TRIGGER companies_truncate_listed ON companies")
    op.execute("DROP VIEW IF EXISTS company_facets")
    op.get_bind().exec_driver_sql(OLD_COMPANY_FACETS)
    op.execute("DROP FUNCTION list_written(), list_nobody(), list_companies(text[])")
    op.execute("DROP VIEW listed")
    op.execute("DROP TABLE listings")


def make(indexes: Mapping[str, str]) -> None:
    """Make indexes beside whoever writes; one that was cut off leaves an index that isn't valid."""
    for name, of in indexes.items():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {of}")


def fill() -> None:
    """List the companies that were there before the triggers, a batch in a transaction."""
    after: str | None = ""
    while after is not None:
        after = op.get_bind().scalar(text(FILL), {"after": after, "batch": BATCH})
