SELECT companies.npi, ('[' || array_to_string(array(SELECT '{"__typename":"License","id":"license:' ||
  licenses.id || '","kind":"' || licenses.kind || '","name":' || coalesce(to_json(licenses.name)::text,
  'null') || ',"number":' || to_json(licenses.number)::text || ',"state":' ||
  coalesce(to_json(licenses.state)::text, 'null') || ',"issuer":' || coalesce(to_json(licenses.issuer)::text,
  'null') || ',"issuedOn":' || coalesce('"' || to_char(licenses.issued_on, 'YYYY-MM-DD') || '"', 'null') ||
  ',"expiresOn":"' || to_char(licenses.expires_on, 'YYYY-MM-DD') || '","source":"' || licenses.source ||
  '","version":' || licenses.version::text || '}'
FROM licenses
WHERE licenses.npi = companies.npi
ORDER BY licenses.expires_on, licenses.id), ',') || ']') AS nested_430c2d25c9b2
FROM companies
WHERE companies.npi = any($1::TEXT[]);

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
WHERE licenses_1.npi = through.npi AND licenses_1.expires_on >= (now() AT TIME ZONE 'UTC')::date AND
  (licenses_1.issued_on IS NULL OR licenses_1.issued_on <= (now() AT TIME ZONE 'UTC')::date)) AS anon_1)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER), further_0 AS (SELECT fitting.npi AS npi
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
WHERE licenses_2.npi = through.npi AND licenses_2.expires_on >= (now() AT TIME ZONE 'UTC')::date AND
  (licenses_2.issued_on IS NULL OR licenses_2.issued_on <= (now() AT TIME ZONE 'UTC')::date)) AS anon_2) AND
  (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $2::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) SELECT companies.npi
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $2::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $2::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM licenses AS licenses_3
WHERE licenses_3.npi = listings.npi AND licenses_3.expires_on >= (now() AT TIME ZONE 'UTC')::date AND
  (licenses_3.issued_on IS NULL OR licenses_3.issued_on <= (now() AT TIME ZONE 'UTC')::date)) AS anon_3) AND
  true AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $3::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;
