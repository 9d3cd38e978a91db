SELECT companies.npi, companies.name, companies.other_names, companies.further_names
FROM companies
WHERE companies.words @@ CAST($1::VARCHAR AS TSQUERY)
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;
