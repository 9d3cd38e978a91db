SELECT locations.city, locations.state, distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS
  distance_km
FROM locations
WHERE true AND (locations.position <@ box(point($3::FLOAT, $4::FLOAT), point($5::FLOAT, $6::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) DESC, locations.id DESC
LIMIT $8::INTEGER;
