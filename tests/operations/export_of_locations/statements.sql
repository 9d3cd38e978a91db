SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.id, locations.is_primary, locations.line1, locations.postal_code, locations.plus4,
  locations.npi, locations.npi AS key_0, locations.rank AS key_1, locations.id AS key_2
FROM locations
WHERE true
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $1::INTEGER;
