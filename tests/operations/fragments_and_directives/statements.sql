SELECT companies.npi, companies.name, companies.enumerated_on
FROM companies
WHERE true
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT companies.npi, companies.name, companies.enumerated_on
FROM companies
WHERE true
ORDER BY companies.npi DESC
LIMIT $1::INTEGER;

SELECT locations.line1, locations.line2, locations.city, locations.state, locations.postal_code,
  locations.plus4, locations.country, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;

SELECT locations.line1, locations.line2, locations.city, locations.state, locations.postal_code,
  locations.plus4, locations.country, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;
