SELECT companies.npi, companies.name
FROM companies
WHERE companies.is_active AND (companies.name_folded, companies.npi) < ($1::VARCHAR, $2::VARCHAR)
ORDER BY companies.name_folded DESC, companies.npi DESC
LIMIT $3::INTEGER;
