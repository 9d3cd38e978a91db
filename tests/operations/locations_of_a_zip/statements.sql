SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE coalesce(locations.postal_code, '') = any($1::TEXT[])
LIMIT $2::INTEGER) AS anon_1;

SELECT locations.postal_code, locations.plus4, locations.city, locations.npi
FROM locations
WHERE coalesce(locations.postal_code, '') = any($1::TEXT[])
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC
LIMIT $2::INTEGER;
