SELECT companies.name, '{"totalCount":{"value":' || (SELECT least(count(*), 1000)::text
FROM (SELECT
FROM locations
WHERE locations.npi = companies.npi
LIMIT 1001) AS counted) || '},"nodes":[' || array_to_string(array(SELECT '{"address":{"city":' ||
  coalesce(to_json(locations.city)::text, 'null') || '},"isPrimary":' || CASE WHEN locations.is_primary THEN
  'true' ELSE 'false' END || '}'
FROM locations
WHERE locations.npi = companies.npi
ORDER BY locations.rank, locations.id
LIMIT $2::int), ',') || ']}' AS nested_1ed9c3019b6b, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

WITH first_0 AS (SELECT fitting.id AS id
FROM (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT of_lead.id AS id, of_lead.npi AS npi, of_lead.kind AS kind, of_lead.is_primary AS is_primary,
  of_lead.is_active AS is_active, of_lead.name AS name, of_lead.line1 AS line1, of_lead.line2 AS line2,
  of_lead.city AS city, of_lead.state AS state, of_lead.postal_code AS postal_code, of_lead.plus4 AS plus4,
  of_lead.country AS country, of_lead.phone AS phone, of_lead.phone_extension AS phone_extension, of_lead.fax
  AS fax, of_lead.email AS email, of_lead.position AS position, of_lead.position_precision AS
  position_precision, of_lead.time_zone AS time_zone, of_lead.source AS source, of_lead.created_at AS
  created_at, of_lead.updated_at AS updated_at, of_lead.version AS version, of_lead.city_folded AS
  city_folded, of_lead.rank AS rank, of_lead.place_0 AS place_0, of_lead.place_1 AS place_1
FROM unnest($1::TEXT[]) AS anon_1(value), LATERAL (SELECT locations.id AS id, locations.npi AS npi,
  locations.kind AS kind, locations.is_primary AS is_primary, locations.is_active AS is_active, locations.name
  AS name, locations.line1 AS line1, locations.line2 AS line2, locations.city AS city, locations.state AS
  state, locations.postal_code AS postal_code, locations.plus4 AS plus4, locations.country AS country,
  locations.phone AS phone, locations.phone_extension AS phone_extension, locations.fax AS fax,
  locations.email AS email, locations.position AS position, locations.position_precision AS
  position_precision, locations.time_zone AS time_zone, locations.source AS source, locations.created_at AS
  created_at, locations.updated_at AS updated_at, locations.version AS version, locations.city_folded AS
  city_folded, locations.rank AS rank, coalesce(locations.postal_code, '') AS place_0, locations.id AS place_1
FROM locations
WHERE coalesce(locations.state, '') = anon_1.value AND true
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC
LIMIT 1000) AS of_lead
ORDER BY of_lead.place_0 ASC, of_lead.place_1 ASC
LIMIT 1000) AS through
WHERE coalesce(through.city_folded, '') = any($2::TEXT[])
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER), further_0 AS (SELECT fitting.id AS id
FROM (SELECT through.id AS id, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT of_lead.id AS id, of_lead.npi AS npi, of_lead.kind AS kind, of_lead.is_primary AS is_primary,
  of_lead.is_active AS is_active, of_lead.name AS name, of_lead.line1 AS line1, of_lead.line2 AS line2,
  of_lead.city AS city, of_lead.state AS state, of_lead.postal_code AS postal_code, of_lead.plus4 AS plus4,
  of_lead.country AS country, of_lead.phone AS phone, of_lead.phone_extension AS phone_extension, of_lead.fax
  AS fax, of_lead.email AS email, of_lead.position AS position, of_lead.position_precision AS
  position_precision, of_lead.time_zone AS time_zone, of_lead.source AS source, of_lead.created_at AS
  created_at, of_lead.updated_at AS updated_at, of_lead.version AS version, of_lead.city_folded AS
  city_folded, of_lead.rank AS rank, of_lead.place_0 AS place_0, of_lead.place_1 AS place_1
FROM unnest($1::TEXT[]) AS anon_2(value), LATERAL (SELECT locations.id AS id, locations.npi AS npi,
  locations.kind AS kind, locations.is_primary AS is_primary, locations.is_active AS is_active, locations.name
  AS name, locations.line1 AS line1, locations.line2 AS line2, locations.city AS city, locations.state AS
  state, locations.postal_code AS postal_code, locations.plus4 AS plus4, locations.country AS country,
  locations.phone AS phone, locations.phone_extension AS phone_extension, locations.fax AS fax,
  locations.email AS email, locations.position AS position, locations.position_precision AS
  position_precision, locations.time_zone AS time_zone, locations.source AS source, locations.created_at AS
  created_at, locations.updated_at AS updated_at, locations.version AS version, locations.city_folded AS
  city_folded, locations.rank AS rank, coalesce(locations.postal_code, '') AS place_0, locations.id AS place_1
FROM locations
WHERE coalesce(locations.state, '') = anon_2.value AND true
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC
LIMIT 8000) AS of_lead
ORDER BY of_lead.place_0 ASC, of_lead.place_1 ASC
LIMIT 8000) AS through
WHERE coalesce(through.city_folded, '') = any($2::TEXT[]) AND (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $3::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER) SELECT locations.line1, locations.line2, locations.city, locations.state,
  locations.postal_code, locations.plus4, locations.country, locations.npi
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
FROM (SELECT locations.id AS id, coalesce(locations.postal_code, '') AS place_0, locations.id AS place_1
FROM locations
WHERE coalesce(locations.state, '') = any($1::TEXT[]) AND true AND coalesce(locations.city_folded, '') =
  any($2::TEXT[]) AND true AND (SELECT count(*) AS count_2
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $3::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $3::INTEGER)
UNION ALL SELECT locations.id AS id
FROM locations
WHERE $4::BOOLEAN) AS chosen ON chosen.id = locations.id
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
WHERE coalesce(through.state, '') = any($1::TEXT[]) AND coalesce(through.city_folded, '') = any($2::TEXT[])
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT (SELECT $3::INTEGER AS anon_1)), further_0 AS (SELECT through.id AS id, through.place_0 AS place_0,
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
WHERE coalesce(through.state, '') = any($1::TEXT[]) AND coalesce(through.city_folded, '') = any($2::TEXT[])
  AND (SELECT count(*) AS count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_3
FROM first_0) * 20 >= $3::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT (SELECT $3::INTEGER AS anon_1)) SELECT CASE WHEN ((SELECT count(*) AS count_1
FROM first_0) >= $3::INTEGER) THEN $3::INTEGER WHEN ((SELECT count(*) AS count_2
FROM further_0) >= $3::INTEGER) THEN $3::INTEGER WHEN $4::BOOLEAN THEN (SELECT count(*) AS count_4
FROM locations) ELSE (SELECT count(*) AS count_5
FROM (SELECT locations.id AS id, locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true AND true AND coalesce(locations.state, '') = any($1::TEXT[]) AND coalesce(locations.city_folded,
  '') = any($2::TEXT[]) AND true AND (SELECT count(*) AS count_3
FROM first_0) < $3::INTEGER AND (SELECT count(*) AS count_6
FROM further_0) < $3::INTEGER
LIMIT (SELECT $3::INTEGER AS anon_1)) AS anon_2) END AS count_0;
