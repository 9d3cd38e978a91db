SELECT companies.npi
FROM companies
WHERE EXISTS (SELECT *
FROM licenses AS licenses_1
WHERE licenses_1.npi = companies.npi AND licenses_1.expires_on >= $1::DATE AND licenses_1.expires_on <=
  $2::DATE)
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $3::INTEGER;

SELECT licenses.id, licenses.kind, licenses.name, licenses.number, licenses.issuer, licenses.expires_on,
  licenses.issued_on, licenses.npi
FROM licenses
WHERE licenses.npi = any($1::TEXT[])
ORDER BY licenses.expires_on, licenses.id;

SELECT licenses.npi, bool_or(licenses.expires_on >= $1::DATE AND (licenses.issued_on IS NULL OR
  licenses.issued_on <= $1::DATE)) AS is_valid
FROM licenses
WHERE licenses.npi = any($2::TEXT[]) AND ($3::VARCHAR IS NULL OR licenses.kind = $3::VARCHAR)
GROUP BY licenses.npi;

SELECT licenses.npi, bool_or(licenses.expires_on >= $1::DATE AND (licenses.issued_on IS NULL OR
  licenses.issued_on <= $1::DATE)) AS is_valid
FROM licenses
WHERE licenses.npi = any($2::TEXT[]) AND ($3::VARCHAR IS NULL OR licenses.kind = $3::VARCHAR)
GROUP BY licenses.npi;
