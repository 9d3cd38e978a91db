SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.kind, locations.postal_code, locations.city
FROM locations
WHERE true AND locations.npi = $1::VARCHAR
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC
LIMIT $2::INTEGER;
