SELECT companies.npi, companies.name
FROM companies
WHERE companies.npi = any($1::TEXT[]);

WITH reach AS (SELECT max(probe.distance_km) AS km
FROM (SELECT distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE (locations.position <@ box(point($3::FLOAT, $4::FLOAT), point($5::FLOAT, $6::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT
ORDER BY locations.position <-> point($1::FLOAT, $2::FLOAT)
LIMIT $8::INTEGER) AS probe), ring AS (SELECT locations.id AS id, locations.npi AS npi,
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE (locations.position <@ box(point($3::FLOAT, $4::FLOAT), point($5::FLOAT, $6::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT AND (locations.position <@
  box_round(point($1::FLOAT, $2::FLOAT), (SELECT reach.km
FROM reach))) AND distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= (SELECT reach.km
FROM reach)) SELECT locations.id, locations.kind, locations.position, locations.position_precision,
  locations.npi, distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
JOIN (SELECT ring.id AS id, ring.npi AS npi, ring.distance_km AS distance_km
FROM ring
ORDER BY ring.distance_km ASC, ring.id ASC
LIMIT $8::INTEGER) AS chosen ON chosen.id = locations.id
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) ASC, locations.id ASC;
