SELECT companies.name, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE locations.is_active AND (EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = locations.npi AND true AND (listings_1.facets @@ CAST($1::VARCHAR AS TSQUERY)))) AND
  (locations.position <@ box(point($2::FLOAT, $3::FLOAT), point($4::FLOAT, $5::FLOAT))) AND
  distance_km(locations.position, point($6::FLOAT, $7::FLOAT)) <= $8::FLOAT
LIMIT $9::INTEGER) AS anon_1;

SELECT locations.phone, locations.city, locations.state, locations.postal_code, locations.npi,
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) AS distance_km
FROM locations
WHERE locations.is_active AND (EXISTS (SELECT *
FROM listings AS listings_1
WHERE listings_1.npi = locations.npi AND true AND (listings_1.facets @@ CAST($3::VARCHAR AS TSQUERY)))) AND
  (locations.position <@ box(point($4::FLOAT, $5::FLOAT), point($6::FLOAT, $7::FLOAT))) AND
  distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) <= $8::FLOAT
ORDER BY distance_km(locations.position, point($1::FLOAT, $2::FLOAT)) ASC, locations.id ASC
LIMIT $9::INTEGER;

SELECT zips.position
FROM zips
WHERE zips.zip = $1::VARCHAR;
