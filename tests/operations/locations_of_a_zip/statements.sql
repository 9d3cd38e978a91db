SELECT companies.npi
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
  coalesce(locations.postal_code, '') AS place_0, locations.id AS place_1
FROM locations
WHERE coalesce(locations.postal_code, '') = any($1::TEXT[])
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC
LIMIT 1000) AS through
WHERE true
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER), further_0 AS (SELECT fitting.id AS id
FROM (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT locations.id AS id, locations.npi AS npi, locations.kind AS kind, locations.is_primary AS
  is_primary, locations.is_active AS is_active, locations.name AS name, locations.line1 AS line1,
  locations.line2 AS line2, locations.city AS city, locations.state AS state, locations.postal_code AS
  postal_code, locations.plus4 AS plus4, locations.country AS country, locations.phone AS phone,
  locations.phone_extension AS phone_extension, locations.fax AS fax, locations.email AS email,
  locations.position AS position, locations.position_precision AS position_precision, locations.time_zone AS
  time_zone, locations.source AS source, locations.created_at AS created_at, locations.updated_at AS
  updated_at, locations.version AS version, locations.city_folded AS city_folded, locations.rank AS rank,
  coalesce(locations.postal_code, '') AS place_0, locations.id AS place_1
FROM locations
WHERE coalesce(locations.postal_code, '') = any($1::TEXT[])
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC
LIMIT 8000) AS through
WHERE true AND (SELECT count(*) AS count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $2::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER) SELECT locations.postal_code, locations.plus4, locations.city, locations.npi
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
FROM (SELECT locations.id AS id, coalesce(locations.postal_code, '') AS place_0, locations.id AS place_1
FROM locations
WHERE true AND coalesce(locations.postal_code, '') = any($1::TEXT[]) AND true AND true AND (SELECT count(*) AS
  count_2
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $2::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $2::INTEGER)
UNION ALL SELECT locations.id AS id
FROM locations
WHERE $3::BOOLEAN) AS chosen ON chosen.id = locations.id
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC;

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
WHERE coalesce(through.postal_code, '') = any($1::TEXT[])
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT (SELECT $2::INTEGER AS anon_1)), further_0 AS (SELECT through.id AS id, through.place_0 AS place_0,
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
WHERE coalesce(through.postal_code, '') = any($1::TEXT[]) AND (SELECT count(*) AS count_3
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $2::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT (SELECT $2::INTEGER AS anon_1)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $2::INTEGER) THEN $2::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $2::INTEGER) THEN $2::INTEGER WHEN $3::BOOLEAN THEN (SELECT count(*) AS count_4
FROM locations) ELSE (SELECT count(*) AS count_5
FROM (SELECT locations.id AS id, locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true AND true AND coalesce(locations.postal_code, '') = any($1::TEXT[]) AND true AND (SELECT count(*) AS
  count_3
FROM first_0) < $2::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $2::INTEGER
LIMIT (SELECT $2::INTEGER AS anon_1)) AS anon_2) END AS count_0;
