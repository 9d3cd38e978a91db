"""Writes: what a change was, by whom and about what; locations that were removed by hand; answers to retries."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = (
    "'COMPANY_CREATED', 'COMPANY_UPDATED', 'COMPANY_DEACTIVATED', 'COMPANY_REACTIVATED', 'COMPANY_REMOVED', "
    "'LOCATION_ADDED', 'LOCATION_UPDATED', 'LOCATION_REMOVED'"
)

UP = (
    """
    ALTER TABLE changes
      ADD COLUMN old JSONB,
      ADD COLUMN new JSONB,
      ADD COLUMN facets_before TEXT[],
      ADD COLUMN facets_after TEXT[],
      ADD COLUMN issuer TEXT,
      ADD COLUMN subject TEXT,
      DROP CONSTRAINT changes_kind_check
    """,
    f"ALTER TABLE changes ADD CONSTRAINT changes_kind_check CHECK (kind IN ({KINDS}, 'LOCATION_RESTORED')) NOT VALID",
    # Writers go on meanwhile.
    "ALTER TABLE changes VALIDATE CONSTRAINT changes_kind_check",
    # Ids are given under this lock, which is held until the commit: a change with a lower id was committed before.
    """
    CREATE FUNCTION take_turn_for_changes() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(5205080841); RETURN NULL; END
    $$
    """,
    """
    CREATE TRIGGER changes_in_commit_order BEFORE INSERT ON changes
      FOR EACH STATEMENT EXECUTE FUNCTION take_turn_for_changes()
    """,
    # By what a company can be found: the lists that it is in. It is volatile to see what is there when it is called:
    # a statement that waits for a company's lock is from before the change that it waited for.
    r"""
    CREATE FUNCTION facets(number text) RETURNS text[] LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
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
    """
    CREATE TABLE removed_locations (
      id UUID NOT NULL,
      npi TEXT COLLATE "C" NOT NULL,
      content JSONB NOT NULL,
      removed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      CONSTRAINT removed_locations_pkey PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX removed_locations_company ON removed_locations (npi, id)",
    """
    CREATE TABLE idempotency_keys (
      issuer TEXT COLLATE "C" NOT NULL,
      subject TEXT COLLATE "C" NOT NULL,
      key TEXT COLLATE "C" NOT NULL,
      place INTEGER NOT NULL,
      fingerprint BYTEA NOT NULL,
      answer JSON,
      cursor BIGINT,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      CONSTRAINT idempotency_keys_pkey PRIMARY KEY (issuer, subject, key, place)
    )
    """,
    "CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at)",
)

DOWN = (
    "DROP TABLE idempotency_keys, removed_locations",
    "DROP FUNCTION facets(text)",
    "DROP TRIGGER changes_in_commit_order ON changes",
    "DROP FUNCTION take_turn_for_changes()",
    "DELETE FROM changes WHERE kind = 'LOCATION_RESTORED'",
    """
    ALTER TABLE changes
      DROP COLUMN old, DROP COLUMN new, DROP COLUMN facets_before, DROP COLUMN facets_after,
      DROP COLUMN issuer, DROP COLUMN subject, DROP CONSTRAINT changes_kind_check
    """,
    f"ALTER TABLE changes ADD CONSTRAINT changes_kind_check CHECK (kind IN ({KINDS}))",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
