SELECT companies.name, '{"totalCount":{"value":' || (SELECT least(count(*), 10000)::text
FROM (SELECT
FROM locations
WHERE locations.npi = companies.npi
LIMIT 10001) AS counted) || '},"nodes":[' || array_to_string(array(SELECT '{"address":{"city":' ||
  coalesce(to_json(locations.city)::text, 'null') || '},"isPrimary":' || CASE WHEN locations.is_primary THEN
  'true' ELSE 'false' END || '}'
FROM locations
WHERE locations.npi = companies.npi
ORDER BY locations.rank, locations.id
LIMIT $2::int), ',') || ']}' AS nested_b72e540bddaa, companies.npi
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
