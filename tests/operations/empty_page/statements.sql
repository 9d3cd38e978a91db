SELECT companies.npi, companies.name_folded AS key_0, companies.npi AS key_1
FROM companies
WHERE companies.npi = any($1::TEXT[])
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.npi = any($1::TEXT[])
LIMIT $2::INTEGER) AS anon_1;
