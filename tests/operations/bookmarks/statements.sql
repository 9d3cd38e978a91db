SELECT companies.name, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi, companies.name
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.city, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;

SELECT locations.npi, locations.name, locations.id, locations.city
FROM locations
WHERE locations.id = any($1::UUID[]);
