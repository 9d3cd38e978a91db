SELECT companies.name, companies.taxonomies, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

WITH first_0 AS (SELECT fitting.id AS id
FROM (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT locations.id AS id, locations.npi AS npi, locations.kind AS kind, locations.is_primary AS
  is_primary, locations.is_active AS is_active, locations.name AS name, locations.line1 AS line1,
  locations.line2 AS line2, locations.city AS city, locations.state AS state, locations.postal_code AS
  postal_code, locations.plus4 AS plus4, locations.country AS country, locations.phone AS phone,
  locations.phone_extension AS phone_extension, locations.fax AS fax, locations.email AS email,
  locations.position AS position, locations.position_precision AS position_precision, locations.time_zone AS
  time_zone, locations.source AS source, locations.created_at AS created_at, locations.updated_at AS
  updated_at, locations.version AS version, locations.city_folded AS city_folded, locations.rank AS rank,
  coalesce(locations.state, '') AS place_0, locations.id AS place_1
FROM locations
WHERE true
ORDER BY coalesce(locations.state, '') DESC, locations.id DESC
LIMIT 1000) AS through
WHERE through.is_primary AND (coalesce(through.state, '') = any($1::TEXT[])) IS NOT true AND (SELECT EXISTS
  (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = through.npi AND (listings_1.facets @@ CAST($2::VARCHAR AS TSQUERY))) AS anon_1)
ORDER BY through.place_0 DESC, through.place_1 DESC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $3::INTEGER), further_0 AS (SELECT fitting.id AS id
FROM (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT locations.id AS id, locations.npi AS npi, locations.kind AS kind, locations.is_primary AS
  is_primary, locations.is_active AS is_active, locations.name AS name, locations.line1 AS line1,
  locations.line2 AS line2, locations.city AS city, locations.state AS state, locations.postal_code AS
  postal_code, locations.plus4 AS plus4, locations.country AS country, locations.phone AS phone,
  locations.phone_extension AS phone_extension, locations.fax AS fax, locations.email AS email,
  locations.position AS position, locations.position_precision AS position_precision, locations.time_zone AS
  time_zone, locations.source AS source, locations.created_at AS created_at, locations.updated_at AS
  updated_at, locations.version AS version, locations.city_folded AS city_folded, locations.rank AS rank,
  coalesce(locations.state, '') AS place_0, locations.id AS place_1
FROM locations
WHERE true
ORDER BY coalesce(locations.state, '') DESC, locations.id DESC
LIMIT 8000) AS through
WHERE through.is_primary AND (coalesce(through.state, '') = any($1::TEXT[])) IS NOT true AND (SELECT EXISTS
  (SELECT *
FROM listings AS listings_2
WHERE listings_2.npi = through.npi AND (listings_2.facets @@ CAST($2::VARCHAR AS TSQUERY))) AS anon_2) AND
  (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $3::INTEGER
ORDER BY through.place_0 DESC, through.place_1 DESC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $3::INTEGER) SELECT locations.state, locations.city, locations.npi
FROM locations
JOIN (SELECT first_0.id AS id
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $3::INTEGER
UNION ALL SELECT further_0.id AS id
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $3::INTEGER
UNION ALL (SELECT fitting.id AS id
FROM (SELECT locations.id AS id, coalesce(locations.state, '') AS place_0, locations.id AS place_1
FROM locations
WHERE true AND true AND locations.is_primary AND (coalesce(locations.state, '') = any($1::TEXT[])) IS NOT true
  AND (EXISTS (SELECT *
FROM listings AS listings_3
WHERE listings_3.npi = locations.npi AND (listings_3.facets @@ CAST($2::VARCHAR AS TSQUERY)))) AND (SELECT
  count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $3::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 DESC, fitting.place_1 DESC
LIMIT $3::INTEGER)
UNION ALL SELECT locations.id AS id
FROM locations
WHERE $4::BOOLEAN) AS chosen ON chosen.id = locations.id
ORDER BY coalesce(locations.state, '') DESC, locations.id DESC;

WITH first_0 AS (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1,
  through.place_2 AS place_2
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
WHERE through.is_primary AND (coalesce(through.state, '') = any($1::TEXT[])) IS NOT true AND (SELECT EXISTS
  (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = through.npi AND (listings_1.facets @@ CAST($2::VARCHAR AS TSQUERY))) AS anon_1)
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT (SELECT $3::INTEGER AS anon_2)), further_0 AS (SELECT through.id AS id, through.place_0 AS place_0,
  through.place_1 AS place_1, through.place_2 AS place_2
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
LIMIT 25000) AS through
WHERE through.is_primary AND (coalesce(through.state, '') = any($1::TEXT[])) IS NOT true AND (SELECT EXISTS
  (SELECT *
FROM listings AS listings_2
WHERE listings_2.npi = through.npi AND (listings_2.facets @@ CAST($2::VARCHAR AS TSQUERY))) AS anon_3) AND
  (SELECT count(*) AS count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $3::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT (SELECT $3::INTEGER AS anon_2)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $3::INTEGER) THEN $3::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $3::INTEGER) THEN $3::INTEGER WHEN $4::BOOLEAN THEN (SELECT count(*) AS count_4
FROM locations) ELSE (SELECT count(*) AS count_5
FROM (SELECT locations.id AS id, locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true AND true AND locations.is_primary AND (coalesce(locations.state, '') = any($1::TEXT[])) IS NOT true
  AND (EXISTS (SELECT *
FROM listings AS listings_3
WHERE listings_3.npi = locations.npi AND (listings_3.facets @@ CAST($2::VARCHAR AS TSQUERY)))) AND (SELECT
  count(*) AS count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $3::INTEGER
LIMIT (SELECT $3::INTEGER AS anon_2)) AS anon_4) END AS count_0;
