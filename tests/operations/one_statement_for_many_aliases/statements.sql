SELECT companies.is_active, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.name, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);
