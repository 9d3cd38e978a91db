SELECT companies.npi, companies.name, companies.other_names, companies.further_names, companies.is_active,
  companies.npi_status, companies.deactivated_on, companies.reactivated_on, companies.enumerated_on,
  companies.nppes_updated_on, companies.certified_on, companies.is_subpart, companies.parent_name,
  companies.taxonomies, companies.identifiers, companies.mailing_address, companies.phone, companies.fax,
  companies.website, companies.authorized_official, companies.tax_id_last4, companies.source,
  companies.created_at, companies.updated_at, companies.version, companies.npi AS key_0
FROM companies
WHERE true
ORDER BY companies.npi ASC
LIMIT $1::INTEGER;

SELECT rows.id, rows.npi, rows.kind, rows.is_primary, rows.is_active, rows.name, rows.line1, rows.line2,
  rows.city, rows.state, rows.postal_code, rows.plus4, rows.country, rows.phone, rows.phone_extension,
  rows.fax, rows.email, rows.position, rows.position_precision, rows.time_zone, rows.source, rows.created_at,
  rows.updated_at, rows.version, rows.key_0, rows.key_1
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.id AS id, locations.npi AS npi, locations.kind AS kind, locations.is_primary AS
  is_primary, locations.is_active AS is_active, locations.name AS name, locations.line1 AS line1,
  locations.line2 AS line2, locations.city AS city, locations.state AS state, locations.postal_code AS
  postal_code, locations.plus4 AS plus4, locations.country AS country, locations.phone AS phone,
  locations.phone_extension AS phone_extension, locations.fax AS fax, locations.email AS email,
  locations.position AS position, locations.position_precision AS position_precision, locations.time_zone AS
  time_zone, locations.source AS source, locations.created_at AS created_at, locations.updated_at AS
  updated_at, locations.version AS version, locations.rank AS key_0, locations.id AS key_1
FROM locations
WHERE true AND locations.npi = anon_1.npi
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER) AS rows ON true;
