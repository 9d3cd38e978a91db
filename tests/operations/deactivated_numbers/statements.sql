SELECT companies.npi, companies.name, companies.is_active, companies.npi_status, companies.deactivated_on,
  (SELECT '{"address":{"formatted":' || to_json(concat_ws(', ', nullif(locations.line1, ''),
  nullif(locations.line2, ''), nullif(locations.city, ''), nullif(concat_ws(' ', nullif(locations.state, ''),
  nullif(concat_ws('-', nullif(locations.postal_code, ''), nullif(locations.plus4, '')), '')), ''),
  nullif(nullif(locations.country, 'US'), '')))::text || '}}'
FROM locations
WHERE locations.npi = companies.npi AND locations.is_primary) AS nested_822b8e72500f
FROM companies
WHERE companies.npi_status = any($1::TEXT[])
ORDER BY companies.npi ASC
LIMIT $2::INTEGER;

SELECT count(*) AS count
FROM (SELECT 1
FROM companies
WHERE companies.npi_status = any($1::TEXT[])
LIMIT $2::INTEGER) AS anon_1;
