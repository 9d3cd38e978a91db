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
  companies.deactivated_on, (SELECT '{"address":{"formatted":' || to_json(concat_ws(', ',
  nullif(locations.line1, ''), nullif(locations.line2, ''), nullif(locations.city, ''), nullif(concat_ws(' ',
  nullif(locations.state, ''), nullif(concat_ws('-', nullif(locations.postal_code, ''),
  nullif(locations.plus4, '')), '')), ''), nullif(nullif(locations.country, 'US'), '')))::text || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_822b8e72500f
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
ORDER BY listings.npi ASC
LIMIT 2000) AS through
WHERE true AND (through.facets @@ CAST($1::VARCHAR AS TSQUERY))
ORDER BY through.place_0 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.npi ASC) SELECT walked_0.*
FROM walked_0
WHERE (SELECT count(*) AS count_1
FROM walked_0) >= $2::INTEGER
UNION ALL SELECT all_0.*
FROM (SELECT companies.npi, companies.name, companies.is_active, companies.npi_status,
  companies.deactivated_on, (SELECT '{"address":{"formatted":' || to_json(concat_ws(', ',
  nullif(locations.line1, ''), nullif(locations.line2, ''), nullif(locations.city, ''), nullif(concat_ws(' ',
  nullif(locations.state, ''), nullif(concat_ws('-', nullif(locations.postal_code, ''),
  nullif(locations.plus4, '')), '')), ''), nullif(nullif(locations.country, 'US'), '')))::text || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_822b8e72500f
FROM companies
JOIN (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
WHERE true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND true AND (SELECT count(*) AS count_1
FROM walked_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC
LIMIT $2::INTEGER) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.npi ASC) AS all_0;
