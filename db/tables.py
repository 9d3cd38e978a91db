"""The directory's tables and indexes, as Alembic compares them; the functions they call are in the migrations."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, UUID

from db.column_types import Key, Point, json_list, one_of

SOURCES = ("NPPES", "MANUAL", "SAMPLE")
NPI_STATUSES = ("ACTIVE", "DEACTIVATED", "UNKNOWN")
LOCATION_KINDS = ("PRIMARY_PRACTICE", "SECONDARY_PRACTICE", "WAREHOUSE", "OTHER")
LICENSE_KINDS = (
    "MEDICAL_EQUIPMENT",
    "PHARMACY",
    "FACILITY",
    "BUSINESS",
    "ACCREDITATION",
    "SURETY_BOND",
    "INSURANCE",
    "OTHER",
)
FILE_KINDS = ("COMPANIES", "LOCATIONS", "NAMES", "ZIPS", "DEACTIVATIONS", "TAXONOMIES")
CHANGE_KINDS = (
    "COMPANY_CREATED",
    "COMPANY_UPDATED",
    "COMPANY_DEACTIVATED",
    "COMPANY_REACTIVATED",
    "COMPANY_REMOVED",
    "LOCATION_ADDED",
    "LOCATION_UPDATED",
    "LOCATION_REMOVED",
    "LOCATION_RESTORED",
    "LICENSE_ADDED",
    "LICENSE_RENEWED",
    "LICENSE_REMOVED",
)

OTHER_NAMES = "jsonb_path_query_array(other_names || further_names, '$[*].name')"

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

companies = Table(
    "companies",
    metadata,
    Column("npi", Key, CheckConstraint("npi ~ '^[12][0-9]{9}$'", name="npi"), primary_key=True),
    Column("name", Text, nullable=False),
    # The other name in the company's own row of the main file, and the names of the other-names file:
    # each file replaces its own list.
    json_list("other_names"),
    json_list("further_names"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    # An administrator has set is_active by hand, so NPPES doesn't move it.
    Column("is_active_pinned", Boolean, nullable=False, server_default=text("false")),
    Column("npi_status", Text, one_of("npi_status", NPI_STATUSES), nullable=False),
    Column("deactivated_on", Date),
    Column("reactivated_on", Date),
    # The number that stands for this one, where the registry names one.
    Column("replacement_npi", Key),
    Column("enumerated_on", Date),
    Column("nppes_updated_on", Date),
    Column("certified_on", Date),
    Column("is_subpart", Boolean, nullable=False, server_default=text("false")),
    Column("parent_name", Text),
    json_list("taxonomies"),
    Column("taxonomy_codes", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    json_list("identifiers"),
    Column("mailing_address", JSONB),
    Column("phone", Text),
    Column("fax", Text),
    Column("website", Text),
    Column("authorized_official", JSONB),
    Column("tax_id_last4", Text, CheckConstraint("tax_id_last4 ~ '^[0-9]{4}$'", name="tax_id_last4")),
    Column("source", Text, one_of("source", SOURCES), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    # The last day of the file that spoke last of the company itself, of its status, of its names and of its
    # secondary locations; null is the newest full file of that kind (db/nppes/edition.py).
    Column("record_as_of", Date),
    Column("status_as_of", Date),
    Column("names_as_of", Date),
    Column("locations_as_of", Date),
    Column("name_folded", Key, Computed("fold(name)", persisted=True), nullable=False),
    Column("parent_name_folded", Key, Computed("fold(parent_name)", persisted=True)),
    Column(
        "words",
        TSVECTOR,
        Computed(
            f"words((npi || ' ' || name || ' ' || {OTHER_NAMES}::text))",
            persisted=True,
        ),
    ),
)

# An absent date or text sorts lowest: first when ascending, last when descending. These keys are what orders
# and indexes share; they are never null, so a keyset page is one row comparison.
ENUMERATED_ON_KEY = func.coalesce(companies.c.enumerated_on, literal_column("'-infinity'::date"))
NPPES_UPDATED_ON_KEY = func.coalesce(companies.c.nppes_updated_on, literal_column("'-infinity'::date"))

Index("companies_name", companies.c.name_folded, companies.c.npi)
Index("companies_enumerated_on", ENUMERATED_ON_KEY, companies.c.npi)
Index("companies_nppes_updated_on", NPPES_UPDATED_ON_KEY, companies.c.npi)
Index("companies_updated_at", companies.c.updated_at, companies.c.npi)
Index(
    "companies_parent_name",
    companies.c.parent_name_folded,
    postgresql_where=text("parent_name_folded IS NOT NULL"),
)

# What servers search by that know of no listings: where a migration has left them, a later release drops them.
RETIRED_INDEXES = frozenset({
    "companies_words", "companies_taxonomies", "companies_deactivated_on", "companies_name_trigrams",
    "companies_active_name", "companies_inactive_name", "companies_npi_status_name",
})  # fmt: skip

# What each company is found by, by the view `listed`; triggers keep it (migration 0017).
listings = Table(
    "listings",
    metadata,
    Column("npi", Key, primary_key=True),
    Column("name_folded", Key, nullable=False),
    Column("enumerated_on", Date),
    Column("nppes_updated_on", Date),
    Column("deactivated_on", Date),
    Column("facets", TSVECTOR, nullable=False),
)

LISTED_ENUMERATED_ON_KEY = func.coalesce(listings.c.enumerated_on, literal_column("'-infinity'::date"))
LISTED_NPPES_UPDATED_ON_KEY = func.coalesce(listings.c.nppes_updated_on, literal_column("'-infinity'::date"))

Index("listings_enumerated_on", LISTED_ENUMERATED_ON_KEY, listings.c.npi)
Index("listings_nppes_updated_on", LISTED_NPPES_UPDATED_ON_KEY, listings.c.npi)
Index(
    "listings_deactivated_on",
    listings.c.deactivated_on,
    listings.c.npi,
    postgresql_where=text("deactivated_on IS NOT NULL"),
)
Index("listings_name", listings.c.name_folded, listings.c.npi)
Index("listings_name_trigrams", func.trigrams(listings.c.name_folded), postgresql_using="gin")
Index("listings_facets", listings.c.facets, postgresql_using="gin")

locations = Table(
    "locations",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("npi", Key, ForeignKey("companies.npi", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, one_of("kind", LOCATION_KINDS), nullable=False),
    Column("is_primary", Boolean, nullable=False, server_default=text("false")),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("name", Text),
    Column("line1", Text),
    Column("line2", Text),
    Column("city", Text),
    Column("state", Key),
    Column("postal_code", Key),
    Column("plus4", Text),
    Column("country", Text, nullable=False, server_default=text("'US'")),
    Column("phone", Text),
    Column("phone_extension", Text),
    Column("fax", Text),
    Column("email", Text),
    Column("position", Point),
    Column("position_precision", Text, one_of("position_precision", ("ZIP5_CENTROID", "ROOFTOP"))),
    Column("time_zone", Text),
    Column("source", Text, one_of("source", SOURCES), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("city_folded", Key, Computed("fold(city)", persisted=True)),
    # 0 for the company's primary location, 1 for the others: one ascending key that puts it first.
    Column(
        "rank",
        SmallInteger,
        Computed("CASE WHEN is_primary THEN 0 ELSE 1 END", persisted=True),
        nullable=False,
    ),
    CheckConstraint("(position IS NULL) = (position_precision IS NULL)", name="position"),
)

CITY_KEY = func.coalesce(locations.c.city_folded, literal_column("''"))
STATE_KEY = func.coalesce(locations.c.state, literal_column("''"))
POSTAL_CODE_KEY = func.coalesce(locations.c.postal_code, literal_column("''"))

Index("locations_company", locations.c.npi, locations.c.rank, locations.c.id)
Index("locations_one_primary", locations.c.npi, unique=True, postgresql_where=text("is_primary"))
Index("locations_city", CITY_KEY, locations.c.id)
Index("locations_state", STATE_KEY, locations.c.id)
Index("locations_state_city", STATE_KEY, CITY_KEY, locations.c.id)
Index("locations_state_postal_code", STATE_KEY, POSTAL_CODE_KEY, locations.c.id)
Index("locations_foreign_state", func.fold(locations.c.state), postgresql_where=text("country <> 'US'"))
Index("locations_postal_code", POSTAL_CODE_KEY, locations.c.id)
Index("locations_updated_at", locations.c.updated_at, locations.c.id)
Index("locations_kind", locations.c.kind, postgresql_where=text("kind IN ('WAREHOUSE', 'OTHER')"))
Index("locations_inactive", locations.c.npi, postgresql_where=text("NOT is_active"))
Index("locations_near", locations.c.position, postgresql_using="gist", postgresql_include=["id", "npi"])

licenses = Table(
    "licenses",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("npi", Key, ForeignKey("companies.npi", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, one_of("kind", LICENSE_KINDS), nullable=False),
    Column("name", Text),
    Column("number", Text, nullable=False),
    Column("state", Key),
    Column("issuer", Text),
    Column("issued_on", Date),
    Column("expires_on", Date, nullable=False),
    Column("source", Text, one_of("source", SOURCES), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("issued_on <= expires_on", name="issued_on"),
)

Index("licenses_company", licenses.c.npi, licenses.c.expires_on, licenses.c.id)
Index("licenses_expires_on", licenses.c.expires_on, licenses.c.id)

deactivations = Table(
    "deactivations",
    metadata,
    # NPIs that were deactivated before they were ever seen with a name: nobody can tell whether they were
    # organisations, but verification can say that they are no longer good.
    Column("npi", Key, CheckConstraint("npi ~ '^[12][0-9]{9}$'", name="npi"), primary_key=True),
    # Null is an individual's number that has been reactivated: an older file can't say otherwise.
    Column("deactivated_on", Date),
    Column("replacement_npi", Key),
    Column("as_of", Date),
)

changes = Table(
    "changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("npi", Key, nullable=False),
    Column("location_id", UUID),
    Column("license_id", UUID),
    Column("kind", Text, one_of("kind", CHANGE_KINDS), nullable=False),
    Column("fields", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("occurred_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("load_id", Integer, ForeignKey("loads.id")),
    # The fields that changed, as they were and as they became: by column, in JSON.
    Column("old", JSONB),
    Column("new", JSONB),
    # The lists that the company was in and is in (the view `listed`); an absent one wasn't noted.
    Column("facets_before", ARRAY(Text)),
    Column("facets_after", ARRAY(Text)),
    # Who made it by hand: the token's `iss`, empty where it has none, and its `sub`.
    Column("issuer", Text),
    Column("subject", Text),
    # The company's version once the transaction was done, and that of the location or license that it is about;
    # what both have as updated_at since. Changes that servers recorded before they knew of these have none.
    Column("version", Integer),
    Column("part_version", Integer),
    Column("updated_at", DateTime(timezone=True), server_default=text("now()")),
    # The span of the request that made it: its traceparent, and after a blank its tracestate, if it has one.
    Column("trace", Text),
)

Index("changes_company", changes.c.npi, changes.c.id)
Index(
    "changes_location",
    changes.c.location_id,
    changes.c.id,
    postgresql_where=text("location_id IS NOT NULL"),
)
Index("changes_license", changes.c.license_id, changes.c.id, postgresql_where=text("license_id IS NOT NULL"))
Index("changes_unversioned", changes.c.id, postgresql_where=text("version IS NULL"))

# Places of the log, and since when it has come to them; up to the lowest of them it has been removed.
change_marks = Table(
    "change_marks",
    metadata,
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("reached_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
)

# Tags that were touched by what is no change, each with its place among the changes.
touched_tags = Table(
    "touched_tags",
    metadata,
    Column("tag", Key, primary_key=True),
    Column("cursor", BigInteger, nullable=False, server_default=text("nextval('changes_id_seq')")),
    Column("touched_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
)

loads = Table(
    "loads",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("file_kind", Text, one_of("file_kind", FILE_KINDS), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("source", Text, one_of("source", SOURCES), nullable=False),
    # The days that a CMS file covers, from its name; null for a file that doesn't say.
    Column("period_start", Date),
    Column("period_end", Date),
    Column("is_full", Boolean, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("counts", JSONB, nullable=False),
    Column("bytes", BigInteger),
)

Index("loads_file_kind", loads.c.file_kind, loads.c.period_end)

removed_locations = Table(
    "removed_locations",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("npi", Key, nullable=False),
    # The row of locations that it was, in JSON.
    Column("content", JSONB, nullable=False),
    Column("removed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

Index("removed_locations_company", removed_locations.c.npi, removed_locations.c.id)

zips = Table(
    "zips",
    metadata,
    Column("zip", Key, CheckConstraint("zip ~ '^[0-9]{5}$'", name="zip"), primary_key=True),
    Column("position", Point, nullable=False),
    Column("city", Text),
    Column("state", Key),
    Column("time_zone", Text),
)

# What the NUCC's codes stand for: a specialization of a classification in a grouping, or a classification itself.
taxonomies = Table(
    "taxonomies",
    metadata,
    Column("code", Key, primary_key=True),
    Column("grouping", Text, nullable=False),
    Column("classification", Text, nullable=False),
    Column("specialization", Text),
    Column("name", Text, nullable=False),
    Column("definition", Text),
    Column("notes", Text),
    Column("section", Text),
    Column(
        "words",
        TSVECTOR,
        Computed(
            "words(code || ' ' || \"grouping\" || ' ' || classification || ' ' || coalesce(specialization, '')"
            " || ' ' || name)",
            persisted=True,
        ),
    ),
)
