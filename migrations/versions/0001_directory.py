"""The directory: companies, locations, what changed, what was loaded."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = (
    # translate() looks through its whole list for every character, so text in ASCII takes the short one.
    # Neither this nor `words` is STRICT, or PostgreSQL would not inline them.
    r"""
    CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE
        WHEN octet_length(value) = length(value) THEN translate(lower(value COLLATE "C"), '''`', '')
        ELSE translate(
          lower(value COLLATE "C"),
          'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿ''`',
          'aaaaaaceeeeiiiinoooooouuuuyaaaaaaceeeeiiiinoooooouuuuyy'
        )
      END
    $$
    """,
    r"""
    CREATE FUNCTION words(value text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT array_to_tsvector(string_to_array(
        btrim(regexp_replace(fold(value), '[\x01-\x2f\x3a-\x60\x7b-\x7f]+', ' ', 'g')), ' '
      ))
    $$
    """,
    # Every three characters in a row, cut at each third one from three starts: a regular expression does in one
    # call what a loop does in one for each place. Repeats stay; an index on the array doesn't mind.
    r"""
    CREATE FUNCTION trigrams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN length(value) < 3 THEN '{}' ELSE string_to_array(rtrim(
        regexp_replace(substr(value, 1, length(value) / 3 * 3), '(...)', E'\\1\x01', 'g')
        || regexp_replace(substr(value, 2, (length(value) - 1) / 3 * 3), '(...)', E'\\1\x01', 'g')
        || regexp_replace(substr(value, 3, (length(value) - 2) / 3 * 3), '(...)', E'\\1\x01', 'g'),
      E'\x01'), E'\x01') END
    $$
    """,
    # Haversine on the mean radius (IUGG). Not STRICT, or PostgreSQL would not inline it.
    r"""
    CREATE FUNCTION distance_km(a point, b point) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT 2 * 6371.0088 * asin(least(1, sqrt(
        sin(radians(b[1] - a[1]) / 2) ^ 2
        + cos(radians(a[1])) * cos(radians(b[1])) * sin(radians(b[0] - a[0]) / 2) ^ 2
      )))
    $$
    """,
    r"""
    CREATE TABLE companies (
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      version INTEGER DEFAULT 1 NOT NULL,
      is_active BOOLEAN DEFAULT true NOT NULL,
      is_active_pinned BOOLEAN DEFAULT false NOT NULL,
      is_subpart BOOLEAN DEFAULT false NOT NULL,
      enumerated_on DATE,
      nppes_updated_on DATE,
      npi TEXT COLLATE "C" NOT NULL CONSTRAINT companies_npi_check CHECK (npi ~ '^[12][0-9]{9}$'),
      name_folded TEXT COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED NOT NULL,
      npi_status TEXT NOT NULL CONSTRAINT companies_npi_status_check CHECK (npi_status IN ('ACTIVE', 'DEACTIVATED', 'UNKNOWN')),
      parent_name_folded TEXT COLLATE "C" GENERATED ALWAYS AS (fold(parent_name)) STORED,
      taxonomy_codes TEXT[] DEFAULT '{}' NOT NULL,
      words TSVECTOR
        GENERATED ALWAYS AS (words((npi || ' ' || name || ' ' || jsonb_path_query_array(other_names || further_names, '$[*].name')::text))) STORED,
      name TEXT NOT NULL,
      other_names JSONB DEFAULT '[]' NOT NULL,
      further_names JSONB DEFAULT '[]' NOT NULL,
      deactivated_on DATE,
      reactivated_on DATE,
      certified_on DATE,
      parent_name TEXT,
      taxonomies JSONB DEFAULT '[]' NOT NULL,
      identifiers JSONB DEFAULT '[]' NOT NULL,
      mailing_address JSONB,
      phone TEXT,
      fax TEXT,
      website TEXT,
      authorized_official JSONB,
      tax_id_last4 TEXT CONSTRAINT companies_tax_id_last4_check CHECK (tax_id_last4 ~ '^[0-9]{4}$'),
      source TEXT NOT NULL CONSTRAINT companies_source_check CHECK (source IN ('NPPES', 'MANUAL', 'SAMPLE')),
      CONSTRAINT companies_pkey PRIMARY KEY (npi)
    )
    """,
    r"""
    CREATE TABLE deactivations (
      npi TEXT COLLATE "C" NOT NULL CONSTRAINT deactivations_npi_check CHECK (npi ~ '^[12][0-9]{9}$'),
      deactivated_on DATE NOT NULL,
      CONSTRAINT deactivations_pkey PRIMARY KEY (npi)
    )
    """,
    r"""
    CREATE TABLE loads (
      id INTEGER GENERATED ALWAYS AS IDENTITY,
      file_kind TEXT NOT NULL CONSTRAINT loads_file_kind_check CHECK (file_kind IN ('COMPANIES', 'LOCATIONS', 'NAMES', 'ZIPS')),
      file_name TEXT NOT NULL,
      source TEXT NOT NULL CONSTRAINT loads_source_check CHECK (source IN ('NPPES', 'MANUAL', 'SAMPLE')),
      period_start DATE,
      period_end DATE,
      is_full BOOLEAN NOT NULL,
      loaded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      counts JSONB NOT NULL,
      CONSTRAINT loads_pkey PRIMARY KEY (id)
    )
    """,
    r"""
    CREATE TABLE zips (
      zip TEXT COLLATE "C" NOT NULL CONSTRAINT zips_zip_check CHECK (zip ~ '^[0-9]{5}$'),
      position point NOT NULL,
      city TEXT,
      state TEXT COLLATE "C",
      time_zone TEXT,
      CONSTRAINT zips_pkey PRIMARY KEY (zip)
    )
    """,
    r"""
    CREATE TABLE locations (
      id UUID NOT NULL,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      rank SMALLINT GENERATED ALWAYS AS (CASE WHEN is_primary THEN 0 ELSE 1 END) STORED NOT NULL,
      is_primary BOOLEAN DEFAULT false NOT NULL,
      is_active BOOLEAN DEFAULT true NOT NULL,
      version INTEGER DEFAULT 1 NOT NULL,
      npi TEXT COLLATE "C" NOT NULL,
      kind TEXT NOT NULL
        CONSTRAINT locations_kind_check
        CHECK (kind IN ('PRIMARY_PRACTICE', 'SECONDARY_PRACTICE', 'WAREHOUSE', 'OTHER')),
      state TEXT COLLATE "C",
      postal_code TEXT COLLATE "C",
      city_folded TEXT COLLATE "C" GENERATED ALWAYS AS (fold(city)) STORED,
      position point,
      name TEXT,
      line1 TEXT,
      line2 TEXT,
      city TEXT,
      plus4 TEXT,
      country TEXT DEFAULT 'US' NOT NULL,
      phone TEXT,
      phone_extension TEXT,
      fax TEXT,
      email TEXT,
      position_precision TEXT CONSTRAINT locations_position_precision_check CHECK (position_precision IN ('ZIP5_CENTROID', 'ROOFTOP')),
      time_zone TEXT,
      source TEXT NOT NULL CONSTRAINT locations_source_check CHECK (source IN ('NPPES', 'MANUAL', 'SAMPLE')),
      CONSTRAINT locations_pkey PRIMARY KEY (id),
      CONSTRAINT locations_position_check CHECK ((position IS NULL) = (position_precision IS NULL)),
      CONSTRAINT locations_npi_fkey FOREIGN KEY(npi) REFERENCES companies (npi) ON DELETE CASCADE
    )
    """,
    r"""
    CREATE TABLE changes (
      id BIGINT GENERATED ALWAYS AS IDENTITY,
      npi TEXT COLLATE "C" NOT NULL,
      location_id UUID,
      kind TEXT NOT NULL
        CONSTRAINT changes_kind_check
        CHECK (kind IN (
          'COMPANY_CREATED', 'COMPANY_UPDATED', 'COMPANY_DEACTIVATED', 'COMPANY_REACTIVATED', 'COMPANY_REMOVED',
          'LOCATION_ADDED', 'LOCATION_UPDATED', 'LOCATION_REMOVED'
        )),
      fields TEXT[] DEFAULT '{}' NOT NULL,
      occurred_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      load_id INTEGER,
      CONSTRAINT changes_pkey PRIMARY KEY (id),
      CONSTRAINT changes_load_id_fkey FOREIGN KEY(load_id) REFERENCES loads (id)
    )
    """,
    "CREATE INDEX changes_company ON changes (npi, id)",
    "CREATE INDEX companies_active_name ON companies (name_folded, npi) WHERE is_active",
    "CREATE INDEX companies_enumerated_on ON companies (coalesce(enumerated_on, '-infinity'::date), npi)",
    "CREATE INDEX companies_inactive_name ON companies (name_folded, npi) WHERE NOT is_active",
    "CREATE INDEX companies_name ON companies (name_folded, npi)",
    "CREATE INDEX companies_name_trigrams ON companies USING gin (trigrams(name_folded))",
    "CREATE INDEX companies_npi_status_name ON companies (npi_status, name_folded, npi)",
    "CREATE INDEX companies_nppes_updated_on ON companies (coalesce(nppes_updated_on, '-infinity'::date), npi)",
    "CREATE INDEX companies_parent_name ON companies (parent_name_folded) WHERE parent_name_folded IS NOT NULL",
    "CREATE INDEX companies_taxonomies ON companies USING gin (array_to_tsvector(taxonomy_codes))",
    "CREATE INDEX companies_updated_at ON companies (updated_at, npi)",
    "CREATE INDEX companies_words ON companies USING gin (words)",
    "CREATE INDEX loads_file_kind ON loads (file_kind, period_end)",
    "CREATE INDEX locations_city ON locations (coalesce(city_folded, ''), id)",
    "CREATE INDEX locations_company ON locations (npi, rank, id)",
    "CREATE INDEX locations_inactive ON locations (npi) WHERE NOT is_active",
    "CREATE INDEX locations_kind ON locations (kind) WHERE kind IN ('WAREHOUSE', 'OTHER')",
    "CREATE INDEX locations_position ON locations USING gist (position)",
    "CREATE INDEX locations_postal_code ON locations (coalesce(postal_code, ''), id)",
    "CREATE INDEX locations_state ON locations (coalesce(state, ''), id)",
    "CREATE INDEX locations_updated_at ON locations (updated_at, id)",
    "CREATE UNIQUE INDEX locations_one_primary ON locations (npi) WHERE is_primary",
)

DOWN = (
    "DROP TABLE changes, loads, deactivations, locations, zips, companies",
    "DROP FUNCTION distance_km(point, point), trigrams(text), words(text), fold(text)",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
