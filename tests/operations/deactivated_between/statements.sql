SELECT companies.npi, companies.deactivated_on
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
WHERE through.updated_at >= $1::TIMESTAMP WITH TIME ZONE AND through.updated_at < $2::TIMESTAMP WITH TIME ZONE
  AND (SELECT EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = through.npi AND listings_1.deactivated_on >= $3::DATE AND listings_1.deactivated_on <=
  $4::DATE) AS anon_1)
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $5::INTEGER), further_0 AS (SELECT fitting.id AS id
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
WHERE through.updated_at >= $1::TIMESTAMP WITH TIME ZONE AND through.updated_at < $2::TIMESTAMP WITH TIME ZONE
  AND (SELECT EXISTS (SELECT *
FROM listings AS listings_2
WHERE listings_2.npi = through.npi AND listings_2.deactivated_on >= $3::DATE AND listings_2.deactivated_on <=
  $4::DATE) AS anon_2) AND (SELECT count(*) AS count_2
FROM first_0) < $5::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $5::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC, through.place_2 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $5::INTEGER) SELECT locations.city, locations.npi
FROM locations
JOIN (SELECT first_0.id AS id
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $5::INTEGER
UNION ALL SELECT further_0.id AS id
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $5::INTEGER
UNION ALL (SELECT fitting.id AS id
FROM (SELECT locations.id AS id, locations.npi AS place_0, locations.rank AS place_1, locations.id AS place_2
FROM locations
WHERE true AND true AND locations.updated_at >= $1::TIMESTAMP WITH TIME ZONE AND locations.updated_at <
  $2::TIMESTAMP WITH TIME ZONE AND (EXISTS (SELECT *
FROM listings AS listings_3
WHERE listings_3.npi = locations.npi AND listings_3.deactivated_on >= $3::DATE AND listings_3.deactivated_on
  <= $4::DATE)) AND (SELECT count(*) AS count_2
FROM first_0) < $5::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $5::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC, fitting.place_2 ASC
LIMIT $5::INTEGER)
UNION ALL SELECT locations.id AS id
FROM locations
WHERE $6::BOOLEAN) AS chosen ON chosen.id = locations.id
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
WHERE through.deactivated_on >= $1::DATE AND through.deactivated_on <= $2::DATE AND (SELECT
  companies.updated_at >= $3::TIMESTAMP WITH TIME ZONE AND companies.updated_at < $4::TIMESTAMP WITH TIME ZONE
  AS anon_1
FROM companies
WHERE companies.npi = through.npi)
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $5::INTEGER), further_0 AS (SELECT fitting.npi AS npi
FROM (SELECT through.npi AS npi, through.place_0 AS place_0, through.place_1 AS place_1
FROM (SELECT listings.npi AS npi, listings.name_folded AS name_folded, listings.enumerated_on AS
  enumerated_on, listings.nppes_updated_on AS nppes_updated_on, listings.deactivated_on AS deactivated_on,
  listings.facets AS facets, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
WHERE true
ORDER BY listings.name_folded ASC, listings.npi ASC
LIMIT 8000) AS through
WHERE through.deactivated_on >= $1::DATE AND through.deactivated_on <= $2::DATE AND (SELECT
  companies.updated_at >= $3::TIMESTAMP WITH TIME ZONE AND companies.updated_at < $4::TIMESTAMP WITH TIME ZONE
  AS anon_2
FROM companies
WHERE companies.npi = through.npi) AND (SELECT count(*) AS count_2
FROM first_0) < $5::INTEGER AND (SELECT count(*) AS count_2
FROM first_0) * 6 >= $5::INTEGER
ORDER BY through.place_0 ASC, through.place_1 ASC
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $5::INTEGER) SELECT companies.npi, companies.deactivated_on, companies.npi_status
FROM companies
JOIN (SELECT first_0.npi AS npi
FROM first_0
WHERE (SELECT count(*) AS count_1
FROM first_0) >= $5::INTEGER
UNION ALL SELECT further_0.npi AS npi
FROM further_0
WHERE (SELECT count(*) AS count_3
FROM further_0) >= $5::INTEGER
UNION ALL (SELECT fitting.npi AS npi
FROM (SELECT listings.npi AS npi, listings.name_folded AS place_0, listings.npi AS place_1
FROM listings
JOIN companies ON companies.npi = listings.npi
WHERE true AND true AND listings.deactivated_on >= $1::DATE AND listings.deactivated_on <= $2::DATE AND
  companies.updated_at >= $3::TIMESTAMP WITH TIME ZONE AND companies.updated_at < $4::TIMESTAMP WITH TIME ZONE
  AND (SELECT count(*) AS count_2
FROM first_0) < $5::INTEGER AND (SELECT count(*) AS count_4
FROM further_0) < $5::INTEGER
LIMIT ALL OFFSET 0) AS fitting
ORDER BY fitting.place_0 ASC, fitting.place_1 ASC
LIMIT $5::INTEGER)
UNION ALL SELECT companies.npi AS npi
FROM companies
WHERE $6::BOOLEAN) AS chosen ON chosen.npi = companies.npi
ORDER BY companies.name_folded ASC, companies.npi ASC;
