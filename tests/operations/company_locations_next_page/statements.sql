SELECT companies.name, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT locations.city, locations.line1, locations.kind, coalesce(locations.city_folded, '') AS key_0,
  locations.id AS key_1
FROM locations
WHERE true AND locations.npi = $1::VARCHAR AND (coalesce(locations.city_folded, ''), locations.id) >
  ($2::VARCHAR, $3::UUID)
ORDER BY coalesce(locations.city_folded, '') ASC, locations.id ASC
LIMIT $4::INTEGER;
