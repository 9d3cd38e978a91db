SELECT companies.npi, companies.name, companies.name_folded AS key_0, companies.npi AS key_1
FROM companies
WHERE companies.is_active AND (companies.name_folded, companies.npi) > ($1::VARCHAR, $2::VARCHAR)
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $3::INTEGER;
