SELECT companies.name, companies.mailing_address, companies.npi
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
WHERE coalesce(through.state, '') = any(array_cat($1::TEXT[], array((SELECT DISTINCT locations_1.state
FROM locations AS locations_1
WHERE locations_1.country != 'US' AND (fold(locations_1.state) = any($2::TEXT[]))))))
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $3::INTEGER), further_0 AS (SELECT fitting.id AS id
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
WHERE coalesce(through.state, '') = any(array_cat($1::TEXT[], array((SELECT DISTINCT locations_2.state
FROM locations AS locations_2
WHERE locations_2.country != 'US' AND (fold(locations_2.state) = any($2::TEXT[])))))) AND (SELECT count(*) AS
  count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $3::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $3::INTEGER) SELECT locations.line1, locations.city, locations.state, locations.postal_code,
  locations.plus4, locations.country, locations.line2, locations.phone, locations.position,
  locations.time_zone, locations.npi
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
FROM (SELECT locations.id AS id, locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true AND true AND coalesce(locations.state, '') = any(array_cat($1::TEXT[], array((SELECT DISTINCT
  locations_3.state
FROM locations AS locations_3
WHERE locations_3.country != 'US' AND (fold(locations_3.state) = any($2::TEXT[])))))) AND true AND (SELECT
  count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $3::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $3::INTEGER)
UNION ALL SELECT locations.id AS id
FROM locations
WHERE $4::BOOLEAN) AS chosen ON chosen.id = locations.id
ORDER BY locations.npi ASC, locations.rank ASC, locations.id ASC;
