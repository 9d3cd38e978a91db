SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.city, locations.npi
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND locations.is_primary;

SELECT rows.*
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.is_primary, locations.npi
FROM locations
WHERE true AND locations.npi = anon_1.npi
ORDER BY locations.rank DESC, locations.id DESC
LIMIT $2::INTEGER) AS rows ON true;

SELECT rows.*
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.kind, locations.npi
FROM locations
WHERE true AND locations.npi = anon_1.npi
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER) AS rows ON true;

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
FROM locations AS locations_1
WHERE locations_1.npi = through.npi AND NOT locations_1.is_primary) AS anon_1)
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
FROM locations AS locations_2
WHERE locations_2.npi = through.npi AND NOT locations_2.is_primary) AS anon_2) AND (SELECT count(*) AS count_2
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
FROM locations AS locations_3
WHERE locations_3.npi = listings.npi AND NOT locations_3.is_primary) AS anon_3) AND true AND (SELECT count(*)
  AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $3::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;
