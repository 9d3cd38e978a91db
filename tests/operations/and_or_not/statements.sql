WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 1000) AS through
WHERE ((through.facets @@ CAST($1::VARCHAR AS TSQUERY)) OR through.name_folded >= $2::VARCHAR AND
  through.name_folded < $3::VARCHAR OR through.npi = any($4::TEXT[])) AND (through.facets @@ CAST($5::VARCHAR
  AS TSQUERY)) IS NOT true
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 8000) AS through
WHERE ((through.facets @@ CAST($1::VARCHAR AS TSQUERY)) OR through.name_folded >= $2::VARCHAR AND
  through.name_folded < $3::VARCHAR OR through.npi = any($4::TEXT[])) AND (through.facets @@ CAST($5::VARCHAR
  AS TSQUERY)) IS NOT true AND (SELECT count(*) AS count_2
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $6::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER) SELECT companies.npi, companies.name, companies.taxonomies, (SELECT '{"address":{"city":'
  || coalesce(to_json(locations.city)::text, 'null') || ',"state":' ||
  coalesce(to_json(locations.state)::text, 'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_acf5c6aeacf9
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $6::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $6::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT every.npi AS npi, every.place_0 AS place_0, every.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($7::VARCHAR AS TSQUERY)) AND (listings.facets @@
  CAST($8::VARCHAR AS TSQUERY)) IS NOT true AND true UNION SELECT listings.npi AS npi, listings.name_folded AS
  place_0, listings.npi AS place_1
FROM listings
WHERE true AND listings.name_folded >= $9::VARCHAR AND listings.name_folded < $10::VARCHAR AND
  (listings.facets @@ CAST($11::VARCHAR AS TSQUERY)) IS NOT true AND true UNION SELECT listings.npi AS npi,
  listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND true AND listings.npi = any($12::TEXT[]) AND (listings.facets @@ CAST($13::VARCHAR AS TSQUERY))
  IS NOT true AND true) AS every
WHERE (SELECT count(*) AS count_2
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $6::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $6::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $14::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;

WITH first_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE ((through.facets @@ CAST($1::VARCHAR AS TSQUERY)) OR through.name_folded >= $2::VARCHAR AND
  through.name_folded < $3::VARCHAR OR through.npi = any($4::TEXT[])) AND (through.facets @@ CAST($5::VARCHAR
  AS TSQUERY)) IS NOT true
ORDER BY through.place_0 ASC
LIMIT (SELECT $6::INTEGER AS anon_1)), further_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 25000) AS through
WHERE ((through.facets @@ CAST($1::VARCHAR AS TSQUERY)) OR through.name_folded >= $2::VARCHAR AND
  through.name_folded < $3::VARCHAR OR through.npi = any($4::TEXT[])) AND (through.facets @@ CAST($5::VARCHAR
  AS TSQUERY)) IS NOT true AND (SELECT count(*) AS count_3
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $6::INTEGER
ORDER BY through.place_0 ASC
LIMIT (SELECT $6::INTEGER AS anon_1)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $6::INTEGER) THEN $6::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $6::INTEGER) THEN $6::INTEGER WHEN $7::BOOLEAN THEN (SELECT count(*) AS count_4
FROM companies) ELSE (SELECT count(*) AS count_5
FROM (SELECT every.npi AS npi, every.place_0 AS place_0
FROM ((SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($8::VARCHAR AS TSQUERY)) AND (listings.facets @@
  CAST($9::VARCHAR AS TSQUERY)) IS NOT true AND true
LIMIT (SELECT $6::INTEGER AS anon_1)) UNION (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND listings.name_folded >= $10::VARCHAR AND listings.name_folded < $11::VARCHAR AND
  (listings.facets @@ CAST($12::VARCHAR AS TSQUERY)) IS NOT true AND true
LIMIT (SELECT $6::INTEGER AS anon_1)) UNION (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND listings.npi = any($13::TEXT[]) AND (listings.facets @@ CAST($14::VARCHAR AS TSQUERY))
  IS NOT true AND true
LIMIT (SELECT $6::INTEGER AS anon_1))) AS every
WHERE (SELECT count(*) AS count_3
FROM first_0) < $6::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $6::INTEGER
LIMIT (SELECT $6::INTEGER AS anon_1)) AS anon_2) END AS count_0;
