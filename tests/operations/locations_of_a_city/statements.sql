SELECT companies.name, companies.npi
FROM companies
WHERE companies.npi = any($1::TEXT[]);

SELECT count(*) AS count
FROM (SELECT 1
FROM locations
WHERE coalesce(locations.state, '') = any($1::TEXT[]) AND coalesce(locations.city_folded, '') =
  any($2::TEXT[])
LIMIT $3::INTEGER) AS anon_1;

SELECT locations.line1, locations.line2, locations.city, locations.state, locations.postal_code,
  locations.plus4, locations.country, locations.npi
FROM locations
WHERE coalesce(locations.state, '') = any($1::TEXT[]) AND coalesce(locations.city_folded, '') =
  any($2::TEXT[])
ORDER BY coalesce(locations.postal_code, '') ASC, locations.id ASC
LIMIT $3::INTEGER;

SELECT locations.npi, count(*) AS count
FROM locations
WHERE locations.npi = any($1::TEXT[]) AND true
GROUP BY locations.npi;

SELECT rows.*
FROM unnest($1::TEXT[]) AS anon_1(npi)
JOIN LATERAL (SELECT locations.city, locations.is_primary, locations.npi
FROM locations
WHERE true AND locations.npi = anon_1.npi
ORDER BY locations.rank ASC, locations.id ASC
LIMIT $2::INTEGER) AS rows ON true;
