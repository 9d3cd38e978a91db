SELECT companies.npi, companies.name, companies.is_active, companies.npi_status, companies.deactivated_on
FROM companies
WHERE companies.npi_status = any($1::TEXT[])
ORDER BY companies.npi ASC
LIMIT $2::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.npi_status = any($1::TEXT[])
LIMIT $2::INTEGER) AS anon_1;

SELECT locations.line1, locations.line2, locations.city, locations.state, locations.postal_code,
  locations.plus4, locations.country, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;
