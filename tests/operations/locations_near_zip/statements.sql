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
WHERE locations.is_active AND (EXISTS (SELECT *
FROM companies AS companies_1
WHERE companies_1.npi = locations.npi AND companies_1.is_active AND
  (array_to_tsvector(companies_1.taxonomy_codes) @@ CAST($1::VARCHAR AS TSQUERY)))) AND (locations.position <@
  box(point($2::FLOAT, $3::FLOAT), point($4::FLOAT, $5::FLOAT))) AND distance_km(locations.position,
  point($6::FLOAT, $7::FLOAT)) <= $8::FLOAT
LIMIT $9::INTEGER) AS anon_1;

SELECT locations.id, locations.npi, locations.kind, locations.is_primary, locations.is_active, locations.name,
  locations.line1, locations.line2, locations.city, locations.state, locations.postal_code, locations.plus4,
  locations.country, locations.phone, locations.phone_extension, locations.fax, locations.email,
  locations.position, locations.position_precision, locations.time_zone, locations.source,
  locations.created_at, locations.updated_at, locations.version, distance_km(locations.position,
  point($1::FLOAT, $2::FLOAT)) AS key_0, locations.id AS key_1, distance_km(locations.position,
  point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE locations.is_active AND (EXISTS (SELECT *
FROM companies AS companies_1
WHERE companies_1.npi = locations.npi AND companies_1.is_active AND
  (array_to_tsvector(companies_1.taxonomy_codes) @@ CAST($3::VARCHAR AS TSQUERY)))) AND (locations.position <@
  box(point($4::FLOAT, $5::FLOAT), point($6::FLOAT, $7::FLOAT))) AND distance_km(locations.position,
  point($1::FLOAT, $2::FLOAT)) <= $8::FLOAT
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) ASC, locations.id ASC
LIMIT $9::INTEGER;

SELECT zips.position
FROM zips
WHERE zips.zip = $1::VARCHAR;
