SELECT companies.npi, companies.name, companies.npi_status
FROM companies
WHERE companies.npi = any($1::TEXT[]);
