SELECT companies.npi, companies.name, companies.taxonomies, (SELECT '{"address":{"city":' ||
  coalesce(to_json(locations.city)::text, 'null') || ',"state":' || coalesce(to_json(locations.state)::text,
  'null') || '},"phone":' || coalesce(to_json(locations.phone)::text, 'null') || '}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_a10f163bc49b, companies.name_folded AS
  key_0, companies.npi AS key_1
FROM companies
WHERE companies.is_active
ORDER BY companies.name_folded ASC, companies.npi ASC
LIMIT $1::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.is_active
LIMIT $1::INTEGER) AS anon_1;
