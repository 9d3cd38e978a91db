SELECT companies.npi, companies.name
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT count(*) AS count
FROM (SELECT 1 AS one
FROM locations
WHERE (locations.position <@ box(point($1::FLOAT, $2::FLOAT), point($3::FLOAT, $4::FLOAT))) AND
  distance_km(locations.position, point($5::FLOAT, $6::FLOAT)) <= $7::FLOAT AND (SELECT (locations.position <@
  box(point($8::FLOAT, $9::FLOAT), point($10::FLOAT, $11::FLOAT))) AND (EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = locations.npi AND (listings_1.facets @@ CAST($12::VARCHAR AS TSQUERY)))) AS anon_1)
LIMIT $13::INTEGER) AS capped;

WITH reach AS (SELECT max(probe.distance_km) AS km
FROM (SELECT distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE (locations.position <@ box(point($3::FLOAT, $4::FLOAT), point($5::FLOAT, $6::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT
ORDER BY locations.position <-> point($1::FLOAT, $2::FLOAT)
LIMIT 4000) AS probe), ring AS (SELECT locations.id AS id, locations.npi AS npi,
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE (locations.position <@ box(point($3::FLOAT, $4::FLOAT), point($5::FLOAT, $6::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT AND (locations.position <@
  box_round(point($1::FLOAT, $2::FLOAT), (SELECT reach.km
FROM reach))) AND distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= (SELECT reach.km
FROM reach)), nearest AS (SELECT locations.is_primary, locations.position, locations.npi,
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
JOIN (SELECT through.id AS id, through.distance_km AS distance_km
FROM (SELECT ring.id AS id, ring.npi AS npi, ring.distance_km AS distance_km
FROM ring
ORDER BY ring.distance_km ASC, ring.id ASC
LIMIT 4000) AS through
WHERE (SELECT (locations.position <@ box(point($8::FLOAT, $9::FLOAT), point($10::FLOAT, $11::FLOAT))) AND
  (EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = locations.npi AND (listings_1.facets @@ CAST($12::VARCHAR AS TSQUERY)))) AS anon_1
FROM locations
WHERE locations.id = through.id)
ORDER BY through.distance_km ASC, through.id ASC
LIMIT $13::INTEGER) AS chosen ON chosen.id = locations.id
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) ASC, locations.id ASC) SELECT nearest.*
FROM nearest
WHERE (SELECT count(*) AS count_1
FROM nearest) >= $13::INTEGER OR (SELECT count(*) AS count_2
FROM ring) < 4000
UNION ALL SELECT others.*
FROM (SELECT locations.is_primary, locations.position, locations.npi, distance_km(locations.position,
  point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
JOIN (SELECT every.id AS id, every.distance_km AS distance_km
FROM (SELECT there.id AS id, there.distance_km AS distance_km
FROM (SELECT listings.npi AS npi
FROM listings
WHERE (listings.facets @@ CAST($14::VARCHAR AS TSQUERY)) AND ts_match_vq(listings.facets, CAST($15::VARCHAR AS
  TSQUERY)) AND (SELECT count(*) AS count_1
FROM nearest) < $13::INTEGER AND (SELECT count(*) AS count_2
FROM ring) >= 4000
LIMIT ALL OFFSET 0) AS fits
JOIN LATERAL (SELECT locations.id AS id, distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS
  distance_km
FROM locations
WHERE locations.npi = fits.npi AND distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT
  AND (locations.position <@ box(point($16::FLOAT, $17::FLOAT), point($18::FLOAT, $19::FLOAT)))
LIMIT ALL OFFSET 0) AS there ON true
LIMIT ALL OFFSET 0) AS every
ORDER BY every.distance_km ASC, every.id ASC
LIMIT $13::INTEGER) AS chosen ON chosen.id = locations.id
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) ASC, locations.id ASC) AS others;
