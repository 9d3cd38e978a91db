SELECT companies.name, companies.is_active, companies.npi_status
FROM companies
WHERE true
ORDER BY companies.name_folded DESC, companies.npi DESC
LIMIT $1::INTEGER;
