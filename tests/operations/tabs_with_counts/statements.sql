SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE NOT companies.is_active
LIMIT $1::INTEGER) AS anon_1;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.is_active
LIMIT $1::INTEGER) AS anon_1;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.npi_status = any($1::TEXT[])
LIMIT $2::INTEGER) AS anon_1;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE true
LIMIT $1::INTEGER) AS anon_1;

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE true
LIMIT $1::INTEGER) AS anon_1;

SELECT locations.id, locations.npi AS key_0, locations.rank AS key_1, locations.id AS key_2
FROM locations
WHERE true
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $1::INTEGER;

SELECT null
FROM companies
WHERE NOT companies.is_active
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT null
FROM companies
WHERE companies.is_active
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT null
FROM companies
WHERE companies.npi_status = any($1::TEXT[])
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT null
FROM companies
WHERE true
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;
