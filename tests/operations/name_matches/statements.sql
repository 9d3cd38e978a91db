SELECT companies.name
FROM companies
WHERE (trigrams(companies.name_folded) @> trigrams($1::VARCHAR)) AND strpos(companies.name_folded,
  $1::VARCHAR) > 0
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT companies.name
FROM companies
WHERE companies.name_folded = any($1::TEXT[])
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT companies.name
FROM companies
WHERE companies.name_folded = any($1::TEXT[])
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $2::INTEGER;

SELECT companies.name
FROM companies
WHERE companies.name_folded >= $1::VARCHAR AND companies.name_folded < $2::VARCHAR
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $3::INTEGER;
