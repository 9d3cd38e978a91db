SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi
FROM companies
WHERE true
ORDER BY companies.npi ASC
LIMIT $1::INTEGER;
