SELECT companies.npi, companies.name, companies.mailing_address, '{"nodes":[' || array_to_string(array(SELECT
  '{"address":{"postalCode":' || coalesce(to_json(locations.postal_code)::text, 'null') || '}}'
FROM locations
WHERE locations.npi = companies.npi
ORDER BY locations.rank, locations.id
LIMIT 1), ',') || ']}' AS nested_2a9fffd3d13d, companies.npi AS key_0
FROM companies
WHERE true
ORDER BY companies.npi ASC
LIMIT $1::INTEGER;
