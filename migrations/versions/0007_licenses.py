"""Licenses of companies, which people enter, and the changes that tell of them."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KINDS = (
    "'COMPANY_CREATED', 'COMPANY_UPDATED', 'COMPANY_DEACTIVATED', 'COMPANY_REACTIVATED', 'COMPANY_REMOVED', "
    "'LOCATION_ADDED', 'LOCATION_UPDATED', 'LOCATION_REMOVED', 'LOCATION_RESTORED'"
)
OF_LICENSES = "'LICENSE_ADDED', 'LICENSE_RENEWED', 'LICENSE_REMOVED'"

UP = (
    """
    CREATE TABLE IF NOT EXISTS licenses (
      id UUID NOT NULL,
      npi TEXT COLLATE "C" NOT NULL,
      kind TEXT NOT NULL CONSTRAINT licenses_kind_check CHECK (kind IN (
        'MEDICAL_EQUIPMENT', 'PHARMACY', 'FACILITY', 'BUSINESS', 'ACCREDITATION', 'SURETY_BOND', 'INSURANCE', 'OTHER'
      )),
      name TEXT,
      number TEXT NOT NULL,
      state TEXT COLLATE "C",
      issuer TEXT,
      issued_on DATE,
      expires_on DATE NOT NULL,
      source TEXT NOT NULL CONSTRAINT licenses_source_check CHECK (source IN ('NPPES', 'MANUAL', 'SAMPLE')),
      created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
      version INTEGER DEFAULT 1 NOT NULL,
      CONSTRAINT licenses_pkey PRIMARY KEY (id),
      CONSTRAINT licenses_issued_on_check CHECK (issued_on <= expires_on),
      CONSTRAINT licenses_npi_fkey FOREIGN KEY (npi) REFERENCES companies (npi) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX IF NOT EXISTS licenses_company ON licenses (npi, expires_on, id)",
    "CREATE INDEX IF NOT EXISTS licenses_expires_on ON licenses (expires_on, id)",
)
# Alone and first: whoever waits for those who read the changes holds no company meanwhile.
OF_CHANGES = f"""
    ALTER TABLE changes
      ADD COLUMN IF NOT EXISTS license_id UUID,
      DROP CONSTRAINT IF EXISTS changes_kind_check,
      ADD CONSTRAINT changes_kind_check CHECK (kind IN ({KINDS}, {OF_LICENSES})) NOT VALID
"""
VALIDATE = "ALTER TABLE changes VALIDATE CONSTRAINT changes_kind_check"

DOWN = (
    f"DELETE FROM changes WHERE kind IN ({OF_LICENSES})",  # noqa: S608 - ours
    "ALTER TABLE changes DROP COLUMN license_id, DROP CONSTRAINT changes_kind_check",
    f"ALTER TABLE changes ADD CONSTRAINT changes_kind_check CHECK (kind IN ({KINDS}))",
    "DROP TABLE licenses",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(OF_CHANGES)
    for statement in UP:
        op.execute(statement)
    # Those who read and write changes go on while the rows are looked at, so what stands so far is committed, and
    # all of it can be run again.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute(VALIDATE)
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
