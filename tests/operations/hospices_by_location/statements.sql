SELECT companies.npi, companies.name, companies.other_names, companies.further_names, companies.is_active,
  companies.npi_status, companies.deactivated_on, companies.reactivated_on, companies.enumerated_on,
  companies.nppes_updated_on, companies.certified_on, companies.is_subpart, companies.parent_name,
  companies.taxonomies, companies.identifiers, companies.mailing_address, companies.phone, companies.fax,
  companies.website, companies.authorized_official, companies.tax_id_last4, companies.source,
  companies.created_at, companies.updated_at, companies.version
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE locations.is_primary AND (EXISTS (SELECT *
FROM companies AS companies_1
WHERE companies_1.npi = locations.npi AND companies_1.npi_status = any($1::TEXT[]) AND
  (array_to_tsvector(companies_1.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)))) AND
  (coalesce(locations.state, '') = any($3::TEXT[])) IS NOT true
LIMIT $4::INTEGER) AS anon_1;

SELECT locations.id, locations.npi, locations.kind, locations.is_primary, locations.is_active, locations.name,
  locations.line1, locations.line2, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.phone, locations.phone_extension, locations.fax, locations.email,
  locations.position, locations.position_precision, locations.time_zone, locations.source,
  locations.created_at, locations.updated_at, locations.version, coalesce(locations.state, '') AS key_0,
  locations.id AS key_1
FROM locations
WHERE locations.is_primary AND (EXISTS (SELECT *
FROM companies AS companies_1
WHERE companies_1.npi = locations.npi AND companies_1.npi_status = any($1::TEXT[]) AND
  (array_to_tsvector(companies_1.taxonomy_codes) @@ CAST($2::VARCHAR AS TSQUERY)))) AND
  (coalesce(locations.state, '') = any($3::TEXT[])) IS NOT true
ORDER BY coalesce(locations.state, '') DESC, locations.id DESC
LIMIT $4::INTEGER;
