SELECT companies.npi, companies.name, companies.is_subpart, companies.parent_name
FROM companies
WHERE companies.parent_name_folded = any($1::TEXT[])
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.parent_name_folded = any($1::TEXT[])
LIMIT $2::INTEGER) AS anon_1;
