SELECT (SELECT CASE WHEN (first_0.number >= $1::INTEGER) THEN first_0.number ELSE (SELECT count(*) AS count_1
FROM (SELECT 1
FROM listings
WHERE true AND (listings.facets @@ CAST($2::VARCHAR AS TSQUERY)) AND true
LIMIT $1::INTEGER) AS anon_2) END AS anon_1
FROM (SELECT (SELECT count(*) AS count_2
FROM (SELECT 1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets
FROM listings
ORDER BY listings.npi
LIMIT 20000) AS through
WHERE true AND (through.facets @@ CAST($2::VARCHAR AS TSQUERY))
LIMIT $1::INTEGER) AS anon_3) AS number) AS first_0) AS count_0;

SELECT (SELECT CASE WHEN (first_0.number >= $1::INTEGER) THEN first_0.number ELSE (SELECT count(*) AS count_1
FROM (SELECT 1
FROM listings
WHERE true AND (listings.facets @@ CAST($2::VARCHAR AS TSQUERY)) AND true
LIMIT $1::INTEGER) AS anon_2) END AS anon_1
FROM (SELECT (SELECT count(*) AS count_2
FROM (SELECT 1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets
FROM listings
ORDER BY listings.npi
LIMIT 20000) AS through
WHERE true AND (through.facets @@ CAST($2::VARCHAR AS TSQUERY))
LIMIT $1::INTEGER) AS anon_3) AS number) AS first_0) AS count_0;

SELECT (SELECT CASE WHEN (first_0.number >= $1::INTEGER) THEN first_0.number ELSE (SELECT count(*) AS count_1
FROM (SELECT 1
FROM listings
WHERE true AND (listings.facets @@ CAST($2::VARCHAR AS TSQUERY)) AND true
LIMIT $1::INTEGER) AS anon_2) END AS anon_1
FROM (SELECT (SELECT count(*) AS count_2
FROM (SELECT 1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets
FROM listings
ORDER BY listings.npi
LIMIT 20000) AS through
WHERE true AND (through.facets @@ CAST($2::VARCHAR AS TSQUERY))
LIMIT $1::INTEGER) AS anon_3) AS number) AS first_0) AS count_0;

SELECT (SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE true
LIMIT $1::INTEGER) AS anon_1) AS count_0;

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE true
LIMIT $1::INTEGER) AS anon_1;

SELECT locations.id, locations.npi AS key_0, locations.rank AS key_1, locations.id AS key_2
FROM locations
WHERE true
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT $1::INTEGER;

SELECT null
FROM companies
WHERE true
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

WITH walked_0 AS (SELECT null
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 2000) AS through
WHERE true AND (through.facets @@ CAST($1::VARCHAR AS TSQUERY))
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT null
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;

WITH walked_0 AS (SELECT null
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 2000) AS through
WHERE true AND (through.facets @@ CAST($1::VARCHAR AS TSQUERY))
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT null
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;

WITH walked_0 AS (SELECT null
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 2000) AS through
WHERE true AND (through.facets @@ CAST($1::VARCHAR AS TSQUERY))
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT null
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC) AS all_0;
