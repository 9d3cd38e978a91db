SELECT companies.name, companies.source, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

WITH first_0 AS (SELECT fitting.id AS id
FROM (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1, through.place_2 AS
  place_2
FROM (SELECT locations.id AS id, locations.npi AS npi, locations.kind AS kind, locations.is_primary AS
  is_primary, locations.is_active AS is_active, locations.name AS name, locations.line1 AS line1,
  locations.line2 AS line2, locations.city AS city, locations.state AS state, locations.postal_code AS
  postal_code, locations.plus4 AS plus4, locations.country AS country, locations.phone AS phone,
  locations.phone_extension AS phone_extension, locations.fax AS fax, locations.email AS email,
  locations.position AS position, locations.position_precision AS position_precision, locations.time_zone AS
  time_zone, locations.source AS source, locations.created_at AS created_at, locations.updated_at AS
  updated_at, locations.version AS version, locations.city_folded AS city_folded, locations.rank AS rank,
  locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT 1000) AS through
WHERE through.kind = any($1::TEXT[])
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $2::INTEGER), further_0 AS (SELECT fitting.id AS id
FROM (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1, through.place_2 AS
  place_2
FROM (SELECT locations.id AS id, locations.npi AS npi, locations.kind AS kind, locations.is_primary AS
  is_primary, locations.is_active AS is_active, locations.name AS name, locations.line1 AS line1,
  locations.line2 AS line2, locations.city AS city, locations.state AS state, locations.postal_code AS
  postal_code, locations.plus4 AS plus4, locations.country AS country, locations.phone AS phone,
  locations.phone_extension AS phone_extension, locations.fax AS fax, locations.email AS email,
  locations.position AS position, locations.position_precision AS position_precision, locations.time_zone AS
  time_zone, locations.source AS source, locations.created_at AS created_at, locations.updated_at AS
  updated_at, locations.version AS version, locations.city_folded AS city_folded, locations.rank AS rank,
  locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC
LIMIT 8000) AS through
WHERE through.kind = any($1::TEXT[]) AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $2::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $2::INTEGER) SELECT locations.name, locations.kind, locations.is_active, locations.email,
  locations.phone, locations.phone_extension, locations.source, locations.npi
FROM locations
JOIN (SELECT first_0.id AS id
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $2::INTEGER
UNION ALL SELECT further_0.id AS id
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $2::INTEGER
UNION ALL (SELECT fitting.id AS id
FROM (SELECT locations.id AS id, locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true AND true AND locations.kind = any($1::TEXT[]) AND true AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $2::INTEGER)
UNION ALL SELECT locations.id AS id
FROM locations
WHERE $3::BOOLEAN) AS chosen ON chosen.id = locations.id
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC;

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
WHERE locations_1.npi = companies.npi AND locations_1.is_active AND locations_1.kind = any($2::TEXT[])) AS
  anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER), further_0 AS (SELECT fitting.npi AS npi
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
WHERE locations_2.npi = companies.npi AND locations_2.is_active AND locations_2.kind = any($2::TEXT[])) AS
  anon_2
FROM companies
WHERE companies.npi = through.npi) AND (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $3::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER) SELECT companies.npi, companies.name
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $3::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $3::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (EXISTS (SELECT *
FROM locations AS locations_3
WHERE locations_3.npi = companies.npi AND locations_3.is_active AND locations_3.kind = any($2::TEXT[]))) AND
  (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $3::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $4::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;

WITH first_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 1000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_1
WHERE locations_1.npi = companies.npi AND locations_1.is_active AND locations_1.kind = any($2::TEXT[])) AS
  anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC
LIMIT (SELECT $3::INTEGER AS anon_2)), further_0 AS (SELECT through.npi AS npi, through.place_0 AS place_0
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.npi AS place_0
FROM listings
WHERE true
ORDER BY listings.npi ASC
LIMIT 25000) AS through
WHERE (through.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (SELECT EXISTS (SELECT *
FROM locations AS locations_2
WHERE locations_2.npi = companies.npi AND locations_2.is_active AND locations_2.kind = any($2::TEXT[])) AS
  anon_3
FROM companies
WHERE companies.npi = through.npi) AND (SELECT count(*) AS count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $3::INTEGER
ORDER BY through.place_0 ASC
LIMIT (SELECT $3::INTEGER AS anon_2)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $3::INTEGER) THEN $3::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $3::INTEGER) THEN $3::INTEGER WHEN $4::BOOLEAN THEN (SELECT count(*) AS count_4
FROM companies) ELSE (SELECT count(*) AS count_5
FROM (SELECT listings.npi AS npi, listings.npi AS place_0
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND true AND (listings.facets @@ CAST($1::VARCHAR AS TSQUERY)) AND (EXISTS (SELECT *
FROM locations AS locations_3
WHERE locations_3.npi = companies.npi AND locations_3.is_active AND locations_3.kind = any($2::TEXT[]))) AND
  (SELECT count(*) AS count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $3::INTEGER
LIMIT (SELECT $3::INTEGER AS anon_2)) AS anon_4) END AS count_0;
