SELECT companies.npi, companies.name, companies.taxonomies, companies.name_folded AS key_0, companies.npi AS
  key_1
FROM companies
WHERE companies.is_active
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.is_active
LIMIT $1::INTEGER) AS anon_1;

SELECT locations.city, locations.state, locations.phone, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;
