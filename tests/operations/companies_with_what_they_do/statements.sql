SELECT companies.taxonomies, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;

SELECT taxonomies.code, taxonomies.name, taxonomies.grouping, taxonomies.classification,
  taxonomies.specialization
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

SELECT taxonomies.name, taxonomies.code
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

SELECT taxonomies.name, taxonomies.grouping, taxonomies.classification
FROM taxonomies
JOIN unnest($1::TEXT[], $2::TEXT[]) AS asked(grouping, classification) ON taxonomies.grouping = asked.grouping
  AND taxonomies.classification = asked.classification
WHERE taxonomies.specialization IS NULL
ORDER BY taxonomies.code;

SELECT taxonomies.name, taxonomies.grouping, taxonomies.code
FROM taxonomies
WHERE taxonomies.code = any($1::TEXT[]);

WITH first_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi DESC
LIMIT 1000) AS through
WHERE through.facets @@ CAST($1::VARCHAR AS TSQUERY)
ORDER BY through.place_0 DESC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC
LIMIT $2::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi DESC
LIMIT 8000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $2::INTEGER
ORDER BY through.place_0 DESC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC
LIMIT $2::INTEGER) SELECT companies.npi, companies.taxonomies
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
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS
  count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC
LIMIT $2::INTEGER)) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.npi DESC;
