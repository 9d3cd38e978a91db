SELECT companies.npi, companies.name
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.id, locations.kind, locations.position, locations.position_precision, locations.npi,
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE true AND (locations.position <@ box(point($3::FLOAT, $4::FLOAT), point($5::FLOAT, $6::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $7::FLOAT
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) ASC, locations.id ASC
LIMIT $8::INTEGER;
