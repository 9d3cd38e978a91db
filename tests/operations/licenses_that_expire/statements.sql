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

WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 1000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM licenses AS licenses_1
WHERE licenses_1.npi = through.npi AND licenses_1.expires_on >= $2::DATE AND licenses_1.expires_on <=
  $3::DATE) AS anon_1)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $4::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 8000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM licenses AS licenses_2
WHERE licenses_2.npi = through.npi AND licenses_2.expires_on >= $2::DATE AND licenses_2.expires_on <=
  $3::DATE) AS anon_2) AND (SELECT count(*) AS count_2
FROM first_0) < $4::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $4::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $4::INTEGER) SELECT companies.npi
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $4::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $4::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM licenses AS licenses_3
WHERE licenses_3.npi = listings.npi AND licenses_3.expires_on >= $2::DATE AND licenses_3.expires_on <=
  $3::DATE) AS anon_3) AND true AND (SELECT count(*) AS count_2
FROM first_0) < $4::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $4::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $4::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $5::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;
