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

WITH walked_0 AS (SELECT companies.npi, companies.name, companies.is_active, companies.npi_status,
  companies.deactivated_on, companies.reactivated_on, companies.nppes_updated_on
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, coalesce(listings.nppes_updated_on, '-infinity'::date) AS place_0, listings.npi
  AS place_1
FROM listings
ORDER BY coalesce(listings.nppes_updated_on, '-infinity'::date) DESC, listings.npi DESC
LIMIT 2000) AS through
WHERE true AND (through.facets @@ CAST($1::VARCHAR AS TSQUERY))
ORDER BY through.place_0 DESC, through.place_1 DESC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY coalesce(companies.nppes_updated_on, '-infinity'::date) DESC, companies.npi DESC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.npi, companies.name, companies.is_active, companies.npi_status,
  companies.deactivated_on, companies.reactivated_on, companies.nppes_updated_on
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, coalesce(listings.nppes_updated_on, '-infinity'::date) AS place_0,
  listings.npi AS place_1
FROM listings
WHERE true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY coalesce(companies.nppes_updated_on, '-infinity'::date) DESC, companies.npi DESC) AS all_0;
