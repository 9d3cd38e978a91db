SELECT companies.npi, companies.name, companies.is_active, companies.npi_status
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.line1, locations.line2, locations.city, locations.state, locations.postal_code,
  locations.plus4, locations.country, locations.phone, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;
