SELECT companies.npi, companies.name, companies.other_names, companies.further_names, companies.is_active,
  companies.npi_status, companies.deactivated_on, companies.reactivated_on, companies.enumerated_on,
  companies.nppes_updated_on, companies.certified_on, companies.is_subpart, companies.parent_name,
  companies.taxonomies, companies.identifiers, companies.mailing_address, companies.phone, companies.fax,
  companies.website, companies.source, companies.version, (SELECT '{"id":"location:' || locations.id ||
  '","isPrimary":' || CASE WHEN locations.is_primary THEN 'true' ELSE 'false' END || '}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_a1a62dcf423e
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.id, locations.name, locations.kind, locations.is_primary, locations.is_active,
  locations.line1, locations.line2, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.phone, locations.phone_extension, locations.fax, locations.email,
  locations.position, locations.position_precision, locations.time_zone, locations.source, locations.version,
  locations.rank AS key_0, locations.id AS key_1
FROM locations
WHERE true AND locations.npi = $1::VARCHAR
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER;

SELECT locations.npi, count(*) AS count
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND true
GROUP BY locations.npi;
