SELECT companies.npi, companies.name, companies.other_names, companies.further_names
FROM companies
WHERE companies.is_active AND (companies.words @@ CAST($1::VARCHAR AS TSQUERY))
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.is_active AND (companies.words @@ CAST($1::VARCHAR AS TSQUERY))
LIMIT $2::INTEGER) AS anon_1;

SELECT locations.city, locations.state, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;
