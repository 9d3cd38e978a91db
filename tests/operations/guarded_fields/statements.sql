SELECT companies.npi, companies.name, companies.authorized_official
FROM companies
WHERE companies.npi = any($1::TEXT[]);
