SELECT taxonomies.name, taxonomies.code
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 1000) AS through
WHERE through.facets @@ CAST($1::VARCHAR AS TSQUERY)
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
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $2::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) SELECT companies.name
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
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS
  count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER)) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;

WITH first_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE through.facets @@ CAST($1::VARCHAR AS TSQUERY)
ORDER BY through.place_0 ASC
LIMIT (SELECT $2::INTEGER AS anon_1)), further_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 25000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT count(*) AS count_3
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $2::INTEGER
ORDER BY through.place_0 ASC
LIMIT (SELECT $2::INTEGER AS anon_1)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $2::INTEGER) THEN $2::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $2::INTEGER) THEN $2::INTEGER ELSE (SELECT count(*) AS count_4
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS
  count_3
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_5
FROM further_0) < $2::INTEGER
LIMIT (SELECT $2::INTEGER AS anon_1)) AS anon_2) END AS count_0;

WITH fitting_0 AS (SELECT listings.npi AS npi, listings.facets AS facets
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($2::VARCHAR AS TSQUERY)) AND true
LIMIT (SELECT $1::INTEGER AS anon_2)), facets_0 AS (SELECT anon_3.facet AS facet, count(*) AS number
FROM (SELECT unnest(tsvector_to_array(fitting_0.facets)) AS facet
FROM fitting_0) AS anon_3
WHERE starts_with(anon_3.facet, 'home.state=') OR starts_with(anon_3.facet, 'taxonomy=') OR
  starts_with(anon_3.facet, 'status=')
GROUP BY anon_3.facet) SELECT 0 AS page, 'state' AS kind, state_0.value, state_0.count, CASE WHEN (SELECT
  count(*) < $1::INTEGER AS anon_1
FROM fitting_0) THEN 'EXACT' ELSE 'AT_LEAST' END AS precision
FROM (SELECT values.value AS value, CAST(sum(values.number) AS INTEGER) AS count
FROM (SELECT CASE WHEN (length(substr(facets_0.facet, 12)) = 2) THEN upper(substr(facets_0.facet, 12)) ELSE
  substr(facets_0.facet, 12) END AS value, facets_0.number AS number
FROM facets_0
WHERE starts_with(facets_0.facet, 'home.state=')) AS values
GROUP BY values.value
ORDER BY count DESC, values.value COLLATE "C"
LIMIT $3::INTEGER) AS state_0
UNION ALL SELECT 0 AS page, 'taxonomy' AS kind, taxonomy_0.value, taxonomy_0.count, CASE WHEN (SELECT count(*)
  < $1::INTEGER AS anon_4
FROM fitting_0) THEN 'EXACT' ELSE 'AT_LEAST' END AS precision
FROM (SELECT values.value AS value, CAST(sum(values.number) AS INTEGER) AS count
FROM (SELECT substr(facets_0.facet, 10) AS value, facets_0.number AS number
FROM facets_0
WHERE starts_with(facets_0.facet, 'taxonomy=')) AS values
GROUP BY values.value
ORDER BY count DESC, values.value COLLATE "C"
LIMIT $3::INTEGER) AS taxonomy_0
UNION ALL SELECT 0 AS page, 'status' AS kind, status_0.value, status_0.count, CASE WHEN (SELECT count(*) <
  $1::INTEGER AS anon_5
FROM fitting_0) THEN 'EXACT' ELSE 'AT_LEAST' END AS precision
FROM (SELECT values.value AS value, CAST(sum(values.number) AS INTEGER) AS count
FROM (SELECT substr(facets_0.facet, 8) AS value, facets_0.number AS number
FROM facets_0
WHERE starts_with(facets_0.facet, 'status=')) AS values
GROUP BY values.value
ORDER BY count DESC, values.value COLLATE "C"
LIMIT $3::INTEGER) AS status_0;
