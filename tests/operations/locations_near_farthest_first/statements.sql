SELECT locations.city, locations.state, distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS
  distance_km
FROM locations
JOIN (SELECT every.id AS id, every.distance_km AS distance_km
FROM (SELECT locations.id AS id, distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE (locations.position <@ box(point($3::FLOAT, $4::FLOAT), point($5::FLOAT, $6::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT AND true
LIMIT ALL OFFSET 0) AS every
ORDER BY every.distance_km DESC, every.id DESC
LIMIT $8::INTEGER) AS chosen ON chosen.id = locations.id
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) DESC, locations.id DESC;
